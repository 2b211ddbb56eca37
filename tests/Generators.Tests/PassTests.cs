using KernelDsl.Generators.Frontend;
using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using KernelDsl.Generators.Passes;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Tests;

/// <summary>What each shared pass does to a small kernel, and what the verifier refuses.</summary>
public class PassTests
{
    [Fact]
    public void Deduplicate_LoadTwice_LoadsOnce()
    {
        var kernel = Deduplicate.Run(Trace("y[m, n] = x[m, n] * x[m, n];"));
        Assert.Single(Walk.All(kernel.Body).OfType<Load>());
        Verifier.Check(kernel);
    }

    [Fact]
    public void Deduplicate_StoreBetweenLoads_LoadsAgain()
    {
        var kernel = Deduplicate.Run(Trace("z[m, n] = z[m, n] + x[m, n]; y[m, n] = z[m, n] * 2f;"));
        Assert.Equal(2, Walk.All(kernel.Body).OfType<Load>().Count(static l => l.View == "z"));
    }

    [Fact]
    public void Deduplicate_LoopThatStores_ReloadsAfterIt()
    {
        var kernel = Deduplicate.Run(Trace("var before = z[m, n]; foreach (var k in Blocks(x.Cols, BN)) z[m, k] = x[m, k] * 2f; y[m, n] = before + z[m, n];"));
        Assert.Equal(2, Walk.All(kernel.Body).OfType<Load>().Count(static l => l.View == "z"));
    }

    [Fact]
    public void Simplify_WidenedThenStoredNarrow_StoresWithoutConversions()
    {
        var kernel = RemoveDead.Run(Simplify.Run(Trace("y[m, n] = x[m, n];")));
        Assert.DoesNotContain(Walk.All(kernel.Body), static o => o is Ir.Convert);
        Verifier.Check(kernel);
    }

    [Fact]
    public void Simplify_NarrowedFloat_KeepsTheRounding()
    {
        var kernel = Simplify.Run(Trace("var h = (x[m, n] * 2f).To<bf16>(); y[m, n] = h; z[m, n] = h * 3f;"));
        Assert.Contains(Walk.All(kernel.Body).OfType<Ir.Convert>(), static c => c.Result.Element == Element.BF16);
    }

    [Fact]
    public void RemoveDead_ValueThatReachesNoStore_IsRemoved()
    {
        var kernel = RemoveDead.Run(Trace("var unused = Exp(x[m, n]) + 1f; var sum = Zeros(m); foreach (var k in Blocks(x.Cols, BN)) sum += RowSum(x[m, k]); y[m, n] = x[m, n] * 2f;"));
        Assert.DoesNotContain(Walk.All(kernel.Body), static o => o is Elementwise { Function: Function.Exp } or BlockLoop);
        Verifier.Check(kernel);
    }

    [Fact]
    public void RemoveDead_CarriedValueUsedByAnother_Stays()
    {
        var kernel = RemoveDead.Run(Trace("var a = Zeros(m); var b = Zeros(m); foreach (var k in Blocks(x.Cols, BN)) { a += RowSum(x[m, k]); b += a; } y[m, n] = x[m, n] * b;"));
        Assert.Equal(2, Walk.CarriedOf(Walk.All(kernel.Body).OfType<BlockLoop>().Single()).Count);
        Verifier.Check(kernel);
    }

    [Fact]
    public void SumCarries_SumOfBlocks_IsFound()
    {
        var kernel = Trace("var sum = Zeros(m); foreach (var k in Blocks(x.Cols, BN)) sum += RowSum(x[m, k]); y[m, n] = x[m, n] * sum;");
        Assert.Single(SumCarries.Find(kernel.Body.OfType<BlockLoop>().Single()));
    }

    [Fact]
    public void SumCarries_SumReadInTheLoop_IsNotFound()
    {
        var kernel = Trace("var sum = Zeros(m); foreach (var k in Blocks(x.Cols, BN)) { sum += RowSum(x[m, k]); z[m, k] = x[m, k] * sum; } y[m, n] = x[m, n] * sum;");
        Assert.Empty(SumCarries.Find(kernel.Body.OfType<BlockLoop>().Single()));
    }

    [Fact]
    public void Verifier_UseBeforeDefinition_IsRefused()
    {
        var kernel = Trace("y[m, n] = x[m, n] * 2f;");
        var broken = kernel with { Body = kernel.Body.Reverse().ToEquatable() };
        Assert.Contains("before or outside", Assert.Throws<InvalidKernelException>(() => Verifier.Check(broken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pipeline_PassThatBreaksTheIr_IsNamed()
    {
        var kernel = Trace("y[m, n] = x[m, n] * 2f;");
        var bad = new Pass("DropLoads", static k => k with { Body = k.Body.Where(static o => o is not Load).ToEquatable() });
        var error = Assert.Throws<InvalidKernelException>(() => Pipeline.Run(kernel, [bad]));
        Assert.StartsWith("DropLoads:", error.Message, StringComparison.Ordinal);
        Assert.Contains("before:", error.Message, StringComparison.Ordinal);
    }

    private static Kernel Trace(string body)
    {
        var compilation = KernelCompilation.Create(("k.cs", $$"""
            static class K
            {
                [Kernel]
                [Schedule(Target.Cpu, BM = 8, BN = 64)]
                public static void F(In<bf16> x, InOut<bf16> z, Out<bf16> y, [Block] int BM, [Block] int BN)
                {
                    var m = Grid.X(x.Rows, BM);
                    var n = Grid.Y(x.Cols, BN);
                    {{body}}
                }
            }
            """));
        Assert.DoesNotContain(compilation.GetDiagnostics(), static d => d.Severity == DiagnosticSeverity.Error);
        var method = compilation.GetTypeByMetadataName("K")!.GetMembers("F").OfType<IMethodSymbol>().Single();
        var traced = TracedKernel.Trace(compilation, method, "Cpu", default);
        Assert.True(traced.Error is null, $"{traced.Error?.Id} {string.Join(" ", traced.Error?.Arguments ?? [])}");
        return traced.Variants[0];
    }
}
