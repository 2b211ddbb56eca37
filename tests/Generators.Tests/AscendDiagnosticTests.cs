using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Tests;

/// <summary>What the Ascend back end says of kernels that do not fit it: at build time, by id, and never instead of an error.</summary>
public class AscendDiagnosticTests
{
    [Fact]
    public async Task Tiles_BeyondTheUnifiedBuffer_AreAnErrorThatNamesItAndTheBlocks()
    {
        var found = await Find("""
            [Kernel, Schedule(Target.Ascend, BM = 64, BN = 1024)]
            public static void Scale(In<bf16> x, Out<bf16> y, [Block] int BM, [Block] int BN)
            {
                var m = Grid.X(x.Rows, BM);
                var n = Grid.Y(x.Cols, BN);
                y[m, n] = x[m, n] * 2f;
            }
            """, "KDSL0120");
        Assert.Equal(DiagnosticSeverity.Error, found.Severity);
        Assert.Equal("Sample.Scale: UB needs 768 KiB, the device has 184 (at BM = 64, BN = 1024)", found.GetMessage(null));
    }

    [Fact]
    public async Task Operands_BeyondL1_AreAnError()
    {
        var found = await Find(Product("BM = 128, BN = 256, BK = 512", "acc"), "KDSL0120");
        Assert.Contains("L1 needs 768 KiB", found.GetMessage(null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dot_BesideVectorWork_SaysThatItRunsOnTheVectorCore()
    {
        var found = await Find(Product("BM = 16, BN = 16, BK = 64", "Silu(acc)"), "KDSL0130");
        Assert.Equal(DiagnosticSeverity.Info, found.Severity);
        Assert.Contains("needs the vector core", found.GetMessage(null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dot_ThatTheScheduleKeepsOffTheCube_SaysSo() =>
        Assert.Contains("Cube = false", (await Find(Product("BM = 16, BN = 16, BK = 64, Cube = false", "acc"), "KDSL0130")).GetMessage(null), StringComparison.Ordinal);

    [Fact]
    public async Task PagedCache_IsRefusedByName()
    {
        var found = await Find("""
            [Kernel, Schedule(Target.Ascend)]
            public static void Copy(Paged<bf16> keys, In<int> positions, Out<bf16> y)
            {
                int row = Grid.X(positions.Length), position = positions[row];
                y[row, Full(64)] = keys[0, position, 0, Full(64)];
            }
            """, "KDSL0140");
        Assert.Contains("the paged cache 'keys' is not lowered for Ascend yet", found.GetMessage(null), StringComparison.Ordinal);
    }

    private static string Product(string schedule, string epilogue) => $$"""
        [Kernel, Schedule(Target.Ascend, {{schedule}})]
        public static void Product(In<bf16> x, Weight<bf16> w, Out<bf16> y, [Block] int BM, [Block] int BN, [Block] int BK)
        {
            var m = Grid.X(y.Rows, BM);
            var n = Grid.Y(y.Cols, BN);
            var acc = Zeros(m, n);
            foreach (var k in Blocks(x.Cols, BK))
                acc += Dot(x[m, k], w[n, k].T);
            y[m, n] = {{epilogue}};
        }
        """;

    private static async Task<Diagnostic> Find(string kernel, string id)
    {
        var found = await KernelCompilation.Analyze(KernelCompilation.Create(("sample.cs", $"static class Sample\n{{\n{kernel}\n}}\n")), "Ascend");
        return Assert.Single(found, d => d.Id == id);
    }
}
