using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;
using KernelDsl.Tools.RandomModel;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Qwen2;

public sealed class Float64Tests(ITestOutputHelper output)
{
    // The worst of all logits, of the largest logit of its row: activations are rounded to bf16 (8 bits) between kernels. Found: 1.2e-2 to 1.8e-2.
    private const double Tolerance = 3e-2;

    /// <summary>Head sizes, groups, tied and untied, and every dtype.</summary>
    public static TheoryData<string> Shapes => [.. Models.Keys];

    private static readonly Dictionary<string, (Shape Shape, string DType)> Models = new()
    {
        ["four layers, heads 4/2 of 64, untied"] = (new(4, 256, 352, 4, 2, 1100, Tied: false, Context: 2048), "BF16"),
        ["four layers, heads 7/1 of 64, tied, odd widths"] = (new(4, 200, 333, 7, 1, 517, Tied: true, Context: 2048, HeadSize: 64), "F16"),
        ["four layers, heads 5/5 of 128, untied"] = (new(4, 160, 224, 5, 5, 300, Tied: false, Context: 2048, HeadSize: 128, Theta: 1e4), "F32"),
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Step_RandomModel_AgreesWithFloat64(string name)
    {
        var (shape, dtype) = Models[name];
        using var folder = new TemporaryFolder();
        RandomCheckpoint.Write(folder.Path, shape, seed: 7, dtype);
        var tokens = Enumerable.Range(0, 37).Select(i => (i * 7919 + 11) % shape.Vocabulary).ToArray();
        Compare(folder.Path, tokens);
    }

    [Fact]
    public void Step_DemoModel_AgreesWithFloat64() => Compare(DemoModel.Folder, [.. DemoModel.Goldens[0].Prompt, .. DemoModel.Goldens[0].Greedy]);

    // Prefill of most tokens, decode of the rest: rows of both kinds are compared.
    private void Compare(string folder, int[] tokens)
    {
        var expected = new Float64Qwen2(folder).Logits(tokens);
        using var backend = new CpuBackend(threads: 1);
        using var model = Qwen2Model.Load(new FolderFiles(folder), backend, new() { CacheBytes = 64 << 20, MaxTokens = 128 });
        var sessions = new Sessions(model);
        var session = new Session(tokens);
        double worst = 0;
        while (session.Computed < tokens.Length)
        {
            int left = tokens.Length - session.Computed, count = left > 6 ? Math.Max(left / 2, 2) : 1;
            var logits = sessions.Step((session, count))[session];
            var row = expected[session.Computed - 1];
            Assert.Equal(row.Length, logits.Length);
            double scale = row.Max(Math.Abs);
            worst = Math.Max(worst, row.Select((e, i) => Math.Abs(e - logits[i]) / scale).Max());
            Assert.Equal(Array.IndexOf(logits, logits.Max()), session.ArgMax);
        }
        output.WriteLine($"worst: {worst:e2} of the largest logit");
        Assert.True(worst <= Tolerance, $"{worst:e2}");
    }
}
