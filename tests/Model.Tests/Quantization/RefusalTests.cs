using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;

namespace KernelDsl.Model.Tests.Quantization;

/// <summary>What cannot be quantised: one line, and nothing behind that looks like a model.</summary>
public sealed class RefusalTests : IDisposable
{
    private static readonly Shape Small = Shape.Presets["tiny"] with { Layers = 2 };

    private readonly TemporaryFolder _model = new(), _parent = new();

    public RefusalTests() => RandomCheckpoint.Write(_model.Path, Small);

    private string Output => Path.Combine(_parent.Path, "new", "folder");

    public void Dispose()
    {
        _model.Dispose();
        _parent.Dispose();
    }

    [Fact]
    public void Run_QuantisedFolder_IsRefused()
    {
        Run(WeightFormat.Int8());
        AssertRefused(
            $"{Path.Combine(Output, "config.json")}: quantization_config is there ('compressed-tensors'): the folder is quantised already; give the folder of floats that it was made from",
            () => FolderQuantizer.Run(Output, Output + "2", new() { Format = WeightFormat.Int4() }));
        Assert.False(Directory.Exists(Output + "2"));
    }

    [Fact]
    public void Run_OutputThatIsNotEmpty_IsRefused()
    {
        AssertRefused($"{_model.Path}: is not empty; give a folder that is new or empty", () => FolderQuantizer.Run(_model.Path, _model.Path, new() { Format = WeightFormat.Int4() }));
        var file = _parent.Write("file", "");
        AssertRefused($"{file}: is a file; give a folder that is new or empty", () => FolderQuantizer.Run(_model.Path, file, new() { Format = WeightFormat.Int4() }));
    }

    [Fact]
    public void Run_FullDisk_IsRefusedBeforeAByteIsWritten()
    {
        var error = Assert.Throws<ModelException>(() => FolderQuantizer.Run(_model.Path, Output, new() { Format = WeightFormat.Int4(), FreeSpace = static _ => 1000 }));
        Assert.Matches(@": its disk has 1,000 bytes free, the model takes [\d,]+; free some or give a folder on another disk$", error.Message);
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void Run_NoMatrixInWholeGroups_IsRefused()
    {
        RandomCheckpoint.Write(_model.Path, Small with { Hidden = 288, Intermediate = 352, Heads = 3, KvHeads = 3, HeadSize = 96 });
        AssertRefused($"{_model.Path}: no matrix of its layers has inputs in whole groups of 128; choose a smaller group", () => Run(WeightFormat.Int4(128)));
    }

    [Fact]
    public void Run_WeightThatIsNotFinite_IsNamedAndLeavesNoModel()
    {
        RandomCheckpoint.Write(_model.Path, Small, dtype: "F32");
        var path = Path.Combine(_model.Path, "model.safetensors");
        long at;
        using (var file = SafeTensorsFile.Open(new FolderFiles(_model.Path), "model.safetensors")) at = file.Tensors["model.layers.1.mlp.down_proj.weight"].Offset + (3 * 352 + 5) * sizeof(float);
        using (var stream = File.OpenWrite(path))
        {
            stream.Position = at;
            stream.Write(BitConverter.GetBytes(float.NaN));
        }
        AssertRefused(
            "model.layers.1.mlp.down_proj.weight: the weight of output 3 and input 5 is NaN; all must be finite: is the file damaged?", () => Run(WeightFormat.Int4()));
        Assert.False(Directory.Exists(Output));
    }

    [Fact]
    public void Writer_ThatIsNotCompleted_LeavesNoFileWithAModelsName()
    {
        Directory.CreateDirectory(Output);
        var shards = ShardPlan.Of([new("a", "F32", [2], 8)]);
        using (var writer = new CheckpointWriter(Output, shards))
        {
            writer.Write("a", 0, new byte[8]);
            // What a process that is killed here leaves.
            Assert.Equal(["model.safetensors.partial"], Directory.GetFiles(Output).Select(static f => Path.GetFileName(f)!));
        }
        Assert.Empty(Directory.GetFiles(Output));
    }

    private QuantizeSummary Run(WeightFormat format) => FolderQuantizer.Run(_model.Path, Output, new() { Format = format });

    private static void AssertRefused(string message, Action run) => Assert.Equal(message, Assert.Throws<ModelException>(run).Message);
}
