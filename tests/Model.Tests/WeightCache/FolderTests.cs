using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;

namespace KernelDsl.Model.Tests.WeightCaches;

/// <summary>The folder: several writers, none allowed, leftovers, moves.</summary>
public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CachedModel _cached = new();

    public FolderTests() => RandomCheckpoint.Write(ModelPath, RoundTripTests.Small(tied: false));

    private string ModelPath => Path.Combine(_folder.Path, "model");

    private FolderFiles Model => new(ModelPath);

    public void Dispose()
    {
        _cached.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Load_ManyAtOnce_AllWorkAndLeaveOneFile()
    {
        var expected = _cached.Load(Model, folder: null).Logits;
        using var start = new Barrier(6);
        var loads = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Factory.StartNew(() =>
        {
            start.SignalAndWait();
            return _cached.Load(Model);
        }, TaskCreationOptions.LongRunning)));
        Assert.All(loads, load => Assert.Equal(expected, load.Logits));
        Assert.All(loads.SelectMany(static l => l.Lines), static line => Assert.Contains(" written, ", line, StringComparison.Ordinal));
        Assert.NotNull(_cached.File);
        Assert.True(_cached.Load(Model).Mapped);
    }

    [Fact]
    public void Replace_WhileMapped_LeavesTheOthersWeightsAlone()
    {
        var expected = _cached.Load(Model).Logits;
        using var backend = new CountingBackend();
        using var mapped = Qwen2Model.Load(Model, backend, new() { CacheBytes = 64 << 20, MaxTokens = 64, WeightCache = new(_cached.Folder, static _ => { }) });
        Assert.Equal(1, backend.Mapped);

        RandomCheckpoint.Write(ModelPath, RoundTripTests.Small(tied: false), seed: 5);
        Assert.NotEqual(expected, _cached.Load(Model).Logits);
        int[] prompt = [.. DemoModel.Goldens[0].Prompt.Take(8).Select(static t => t % 1027)];
        Assert.Equal(expected, new Sessions(mapped).Prefill(new Session(prompt)));
    }

    // /proc is a folder that not even root may write to; a file is no folder.
    [Theory]
    [InlineData("/proc")]
    [InlineData("/proc/kdsl")]
    [InlineData("/dev/null")]
    public void Load_FolderThatCannotBeWritten_IsToldAndDoneWithout(string folder)
    {
        if (!OperatingSystem.IsLinux()) return;
        var load = _cached.Load(Model, folder: folder);
        Assert.True(load.Packed);
        Assert.Matches($"^weight cache {folder}/model\\.[0-9a-f]{{8}}\\.bf16\\.kdsl-weights cannot be written: .*; going on without$", load.Lines[^1]);
        Assert.Equal(_cached.Load(Model, folder: null).Logits, load.Logits);
    }

    [Fact]
    public void Load_FromAFolderThatCannotBeWritten_MapsWhatIsThere()
    {
        if (OperatingSystem.IsWindows()) return;
        _cached.Load(Model);
        File.SetUnixFileMode(_cached.File, UnixFileMode.UserRead);
        File.SetUnixFileMode(_cached.Folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var load = _cached.Load(Model);
            Assert.True(load.Mapped);
            Assert.Empty(load.Lines);
        }
        finally
        {
            File.SetUnixFileMode(_cached.Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void Write_ThatFailsInTheMiddle_LeavesNothing()
    {
        var backend = new CountingBackend();
        int left = 3;
        backend.Downloading = () =>
        {
            if (left-- == 0) throw new IOException("No space left on device");
        };
        var load = _cached.Load(Model, backend: backend);
        Assert.EndsWith("cannot be written: No space left on device; going on without", Assert.Single(load.Lines), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_cached.Folder));
        Assert.Equal(_cached.Load(Model, folder: null).Logits, load.Logits);
    }

    [Fact]
    public void Write_DeletesWhatKilledProcessesLeft_ButNotWhatIsBeingWritten()
    {
        _cached.Load(Model);
        string path = _cached.File, left = path + ".0123.tmp", busy = path + ".4567.tmp", other = Path.Combine(_cached.Folder, "other.tmp");
        File.Delete(path);
        foreach (string file in (string[])[left, other]) File.WriteAllText(file, "left");
        using (new FileStream(busy, FileMode.Create, FileAccess.Write, FileShare.None)) _cached.Load(Model);
        Assert.Equal(new[] { path, busy, other }.Order(), Directory.GetFiles(_cached.Folder).Order());
    }

    [Fact]
    public void Load_ModelMovedWithItsCache_StillMaps()
    {
        Assert.True(_cached.Load(Model, folder: ModelPath).Packed);
        string moved = Path.Combine(_folder.Path, "moved");
        Directory.Move(ModelPath, moved);
        Assert.True(_cached.Load(new FolderFiles(moved), folder: moved).Mapped);
    }

    [Fact]
    public void PathIn_DependsOnWhereTheModelLies_NotOnHowItIsSpelt()
    {
        string a = WeightCacheFile.PathIn("/cache", "/models/a/m", "int8");
        Assert.Equal(a, WeightCacheFile.PathIn("/cache", "/models/a/m/", "int8"));
        Assert.Equal(a, WeightCacheFile.PathIn("/cache", "/models/b/../a/m", "int8"));
        Assert.NotEqual(a, WeightCacheFile.PathIn("/cache", "/models/b/m", "int8"));
        Assert.NotEqual(a, WeightCacheFile.PathIn("/cache", "/models/a/m", "int4"));
        Assert.Equal(WeightCacheFile.PathIn("/models/m", "/models/m", "int8").Replace("/models/m", "", StringComparison.Ordinal), WeightCacheFile.PathIn("/a", "/a/", "int8").Replace("/a", "", StringComparison.Ordinal));
        Assert.Matches("^/cache/m\\.[0-9a-f]{8}\\.int8\\.kdsl-weights$", a);
    }
}
