using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Tests;

/// <summary>What an edit re-runs: the reasons that the steps of the pipeline give.</summary>
public class IncrementalTests
{
    private const string Source = """
        static class Norm
        {
            [Kernel]
            [Schedule(Target.Cpu, BM = 1, BK = 256)]
            public static void Scale(In<bf16> x, Out<bf16> y, float by, [Block] int BM, [Block] int BK)
            {
                var m = Grid.X(x.Rows, BM);
                foreach (var k in Blocks(x.Cols, BK))
                    y[m, k] = x[m, k] * by;
            }
        }
        """;

    [Fact]
    public void Edit_OfAComment_ReemitsNothing()
    {
        var reasons = ReasonsAfter(Source.Replace("var m =", "/* rows */ var m =", StringComparison.Ordinal));
        Assert.All(reasons[KernelGenerator.Steps.Trace], static r => Assert.Equal(IncrementalStepRunReason.Unchanged, r));
        Assert.All(reasons[KernelGenerator.Steps.Lower], static r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void Edit_ThatRenamesALocal_ReemitsNothing()
    {
        var reasons = ReasonsAfter(Source.Replace("m =", "rows =", StringComparison.Ordinal).Replace("[m,", "[rows,", StringComparison.Ordinal));
        Assert.All(reasons[KernelGenerator.Steps.Trace], static r => Assert.Equal(IncrementalStepRunReason.Unchanged, r));
        Assert.All(reasons[KernelGenerator.Steps.Lower], static r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void Edit_OfTheArithmetic_ReemitsTheKernel()
    {
        var reasons = ReasonsAfter(Source.Replace("* by", "+ by", StringComparison.Ordinal));
        Assert.All(reasons[KernelGenerator.Steps.Trace], static r => Assert.Equal(IncrementalStepRunReason.Modified, r));
        Assert.Contains(IncrementalStepRunReason.Modified, reasons[KernelGenerator.Steps.Lower]);
    }

    private static Dictionary<string, List<IncrementalStepRunReason>> ReasonsAfter(string edited)
    {
        Assert.NotEqual(Source, edited);
        var before = KernelCompilation.Create(("a.cs", Source));
        var driver = KernelCompilation.Driver("Cpu").RunGenerators(before);
        var after = before.ReplaceSyntaxTree(before.SyntaxTrees[0], KernelCompilation.Create(("a.cs", edited)).SyntaxTrees[0]);
        var steps = driver.RunGenerators(after).GetRunResult().Results[0].TrackedSteps;
        return new[] { KernelGenerator.Steps.Trace, KernelGenerator.Steps.Lower }
            .ToDictionary(static s => s, s => steps[s].SelectMany(static r => r.Outputs).Select(static o => o.Reason).ToList());
    }
}
