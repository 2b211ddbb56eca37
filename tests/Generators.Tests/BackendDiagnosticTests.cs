using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Tests;

/// <summary>Diagnostics that every back end shares: a broken pass, and tiles too large for a thread's registers.</summary>
public class BackendDiagnosticTests
{
    [Fact]
    public void Compile_WhenAPassBreaksTheIr_IsAnInternalErrorAndNoCode()
    {
        var emission = BackendRunner.Compile(new Broken(), default);
        Assert.Empty(emission.Files);
        var diagnostic = Assert.Single(emission.Diagnostics);
        Assert.Equal(("KDSL0190", "Broken", "DropLoads: 't0' is used before its definition"), (diagnostic.Id, diagnostic.Arguments[0], diagnostic.Arguments[1]));
    }

    [Fact]
    public async Task Tiles_BeyondAThreadsRegisters_WarnOnCuda()
    {
        var compilation = KernelCompilation.Create(("k.cs", """
            static class Sample
            {
                [Kernel, Schedule(Target.Cuda, BM = 256, BN = 256, BK = 16, Warps = 1)]
                public static void Product(In<bf16> x, In<bf16> w, Out<bf16> y, [Block] int BM, [Block] int BN, [Block] int BK)
                {
                    var m = Grid.X(y.Rows, BM);
                    var n = Grid.Y(y.Cols, BN);
                    var acc = Zeros(m, n);
                    foreach (var k in Blocks(x.Cols, BK))
                        acc += Dot(x[m, k], w[n, k].T);
                    y[m, n] = acc;
                }
            }
            """));
        var found = (await KernelCompilation.Analyze(compilation, "Cuda")).First(static d => d.Id == "KDSL0121");
        Assert.Equal(DiagnosticSeverity.Warning, found.Severity);
        Assert.StartsWith("Sample.Product: about ", found.GetMessage(null), StringComparison.Ordinal);
    }

    private sealed class Broken : IBackendCompiler
    {
        public string Target => "Broken";

        public Limits Limits { get; } = new() { ScratchBytes = 1, DotGranule = 1, Lanes = 1 };

        public Emission Compile(EquatableArray<Kernel> variants) => throw new InvalidKernelException("DropLoads: 't0' is used before its definition");

        public Emission EmitCatalog(EquatableArray<string> kernels) => Emission.Nothing;
    }
}
