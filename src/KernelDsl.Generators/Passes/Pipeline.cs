using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Passes;

/// <summary>A named transformation of a kernel.</summary>
public sealed record Pass(string Name, Func<Kernel, Kernel> Run);

/// <summary>Runs a back end's list of passes in order, verifying after each.</summary>
public static class Pipeline
{
    /// <summary>The kernel after all passes.</summary>
    /// <exception cref="InvalidKernelException">KDSL0190: names the pass and holds the IR before and after it.</exception>
    public static Kernel Run(Kernel kernel, IEnumerable<Pass> passes)
    {
        foreach (var pass in passes)
        {
            var next = pass.Run(kernel);
            try
            {
                Verifier.Check(next);
            }
            catch (InvalidKernelException e)
            {
                throw new InvalidKernelException($"{pass.Name}: {e.Message}\nbefore:\n{Printer.Print(kernel)}after:\n{Printer.Print(next)}");
            }
            kernel = next;
        }
        return kernel;
    }
}
