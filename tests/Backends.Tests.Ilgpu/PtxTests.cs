using System.Text.Json;
using System.Text.RegularExpressions;
using KernelDsl.Backends.Ilgpu;
using KernelDsl.Backends.Ilgpu.Ptx;

namespace KernelDsl.Backends.Tests.Ilgpu;

/// <summary>What the PTX tool makes of every kernel, on a machine without a GPU.</summary>
public sealed partial class PtxTests
{
    private static readonly Lazy<Dictionary<string, string>> _built = new(Build);

    public static TheoryData<string> Functions => [.. IlgpuDevice.Entries.Select(static e => e.Function)];

    private static Dictionary<string, string> Build() => PtxCompiler.CompileAll(80, "sm_80").ToDictionary(static k => k.Entry.Function, static k => k.Ptx);

    [Theory]
    [MemberData(nameof(Functions))]
    public void Ptx_OfEveryVariant_IsSelfContained(string function)
    {
        string ptx = _built.Value[function];
        Assert.Contains($".visible .entry Kernel_{function}(", ptx);
        Assert.Matches(@"(?m)^\.target sm_80$", ptx);
        Assert.DoesNotContain(".extern", ptx);
        Assert.DoesNotContain(".func", ptx);
        Assert.DoesNotContain(".local", ptx);
        Assert.DoesNotMatch(@"\bcall\b", ptx);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void Ptx_OfEveryVariant_LeavesNoContractionToTheAssembler(string function) =>
        Assert.DoesNotMatch(@"\b(add|sub|mul)\.f32", _built.Value[function]);

    [Fact]
    public void Ptx_CompiledTwiceInOneProcess_IsTheSameToTheByte() => Assert.Equal(_built.Value, Build());

    [Fact]
    public void Ptx_EmbeddedInTheRunTimeHalf_IsWhatTheToolMakesHere()
    {
        var embedded = Cuda.PtxImages.Entries.ToDictionary(static e => e.Function, static e => System.Text.Encoding.UTF8.GetString(Cuda.PtxImages.Load(e)));
        Assert.NotEmpty(embedded);
        Assert.All(embedded, static e => Assert.Equal(_built.Value[e.Key] + "\0", e.Value));
    }

    [Fact]
    public void Ptx_OfMatMul_MultipliesAndAddsInOneRounding()
    {
        string ptx = _built.Value.First(static k => k.Key.StartsWith("MatMul_Linear_", StringComparison.Ordinal)).Value;
        Assert.NotEmpty(FusedMultiplyAdd().Matches(ptx));
    }

    [Fact]
    public void Manifest_ReadBack_IsTheEntries() =>
        Assert.Equal(IlgpuDevice.Entries, JsonSerializer.Deserialize(PtxCompiler.Manifest(), ManifestJson.Default.Entries)!);

    [Theory]
    [InlineData("\tcall (r), FusedMultiplyAdd, (a);", "left unresolved")]
    [InlineData(".extern .func FusedMultiplyAdd", "left unresolved")]
    [InlineData("\t.local .align 4 .b8 array[32];", "local memory")]
    [InlineData("\t.shared .align 4 .b8 big[200000];", "bytes of shared memory")]
    public void PtxText_ThatWouldNotRun_IsRefused(string line, string why)
    {
        var entry = IlgpuDevice.Entries[0];
        string text = $".version 8.0\n.target sm_80\n.visible .entry Kernel_{entry.Function}(\n)\n{{\n{line}\n}}\n";
        var refused = Assert.Throws<PtxException>(() => PtxText.Finish(text, entry, "sm_80"));
        Assert.Contains(entry.Function, refused.Message);
        Assert.Contains(why, refused.Message);
    }

    [GeneratedRegex(@"fma\.rn\.f32")]
    private static partial Regex FusedMultiplyAdd();
}
