using KernelDsl.Runtime.Model;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Checkpoint;

public sealed class CheckpointFilesTests(ITestOutputHelper output)
{
    [Fact]
    public void Open_ShardsAndSingleFile_HoldTheSameBytes()
    {
        if (Shared.Data("safetensors-good") is not { } folder)
        {
            output.WriteLine("skipped: safetensors-good is absent");
            return;
        }

        using var single = CheckpointFiles.Open(new FolderFiles(Path.Combine(folder, "single")));
        using var sharded = CheckpointFiles.Open(new FolderFiles(Path.Combine(folder, "sharded")));
        Assert.Equal(single.Names.Order(), sharded.Names.Order());
        Assert.NotEmpty(single.Names);
        foreach (var name in single.Names)
        {
            Assert.True(single.TryGet(name, out var a) && sharded.TryGet(name, out var b) && a.Entry.Shape.Span.SequenceEqual(b.Entry.Shape.Span)
                && a.File.Read(a.Entry, 0, (int)a.Entry.Bytes).SequenceEqual(b.File.Read(b.Entry, 0, (int)b.Entry.Bytes)), name);
        }
    }

    [Fact]
    public void Open_EveryBadIndex_IsRefusedByName()
    {
        if (Shared.Data("safetensors-bad") is not { } bad || Shared.Data("safetensors-good") is not { } good)
        {
            output.WriteLine("skipped: safetensors data is absent");
            return;
        }

        int count = 0;
        foreach (var index in Directory.EnumerateFiles(Path.Combine(bad, "sharded"), "*.index.json"))
        {
            using var folder = new TemporaryFolder();
            foreach (var file in Directory.EnumerateFiles(Path.Combine(good, "sharded")))
                File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
            var copy = Path.Combine(folder.Path, CheckpointFiles.IndexName);
            File.Delete(copy);
            File.Copy(index, copy);

            var files = new FolderFiles(folder.Path);
            var error = Assert.ThrowsAny<ModelException>(() =>
            {
                using var checkpoint = CheckpointFiles.Open(files);
                Qwen2Tensors.Check(checkpoint, Qwen2Config.Read(files));
            });
            output.WriteLine($"{Path.GetFileName(index)}: {error.Message}");
            Assert.StartsWith(copy, error.Message, StringComparison.Ordinal);
            count++;
        }
        Assert.True(count > 0);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../a.safetensors"}}""", "'../a.safetensors' is not a plain file name")]
    [InlineData("""{"weight_map":{"a":7}}""", "its shard must be a string")]
    [InlineData("""{"weight_map":[]}""", "weight_map is missing")]
    [InlineData("""[]""", "weight_map is missing")]
    public void Open_IndexOfWrongForm_SaysWhatIsWrong(string index, string fault)
    {
        using var folder = new TemporaryFolder();
        folder.Write(CheckpointFiles.IndexName, index);
        var error = Assert.ThrowsAny<ModelException>(() => CheckpointFiles.Open(new FolderFiles(folder.Path)));
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FolderWithoutWeights_NamesBothForms()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<ModelException>(() => CheckpointFiles.Open(new FolderFiles(folder.Path)));
        Assert.Equal($"{folder.Path}: has neither model.safetensors nor model.safetensors.index.json", error.Message);
    }
}
