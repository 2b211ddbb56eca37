using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Tests;

/// <summary>What the CPU back end says of kernels that do not fit it.</summary>
public class CpuDiagnosticTests
{
    [Fact]
    public async Task Tiles_BeyondScratch_AreAnErrorThatNamesTheBlocks()
    {
        var found = await Find("""
            [Kernel, Schedule(Target.Cpu, BM = 512, BN = 512, BK = 512)]
            public static void Product(In<bf16> x, Weight<bf16> w, Out<bf16> y, [Block] int BM, [Block] int BN, [Block] int BK)
            {
                var m = Grid.X(y.Rows, BM);
                var n = Grid.Y(y.Cols, BN);
                var acc = Zeros(m, n);
                foreach (var k in Blocks(x.Cols, BK))
                    acc += Dot(x[m, k], w[n, k].T);
                y[m, n] = acc;
            }
            """, "KDSL0120");
        Assert.Equal(DiagnosticSeverity.Error, found.Severity);
        Assert.Equal("Sample.Product: scratch memory needs 2240 KiB, the device has 1536 (at BM = 512, BN = 512, BK = 512)", found.GetMessage(null));
    }

    [Fact]
    public async Task Dot_WithASingleColumn_IsRefusedByName()
    {
        var found = await Find("""
            [Kernel, Schedule(Target.Cpu, BM = 16, BK = 64)]
            public static void Product(In<bf16> x, In<bf16> v, Out<bf16> y, [Block] int BM, [Block] int BK)
            {
                var m = Grid.X(y.Rows, BM);
                var acc = Zeros(m, Full(1));
                foreach (var k in Blocks(x.Cols, BK))
                    acc += Dot(x[m, k], v[Full(1), k].T);
                y[m, Full(1)] = acc;
            }
            """, "KDSL0140");
        Assert.Contains("Dot with a single column", found.GetMessage(null), StringComparison.Ordinal);
    }

    private static async Task<Diagnostic> Find(string kernel, string id)
    {
        var found = await KernelCompilation.Analyze(KernelCompilation.Create(("sample.cs", $"static class Sample\n{{\n{kernel}\n}}\n")), "Cpu");
        return Assert.Single(found, d => d.Id == id);
    }
}
