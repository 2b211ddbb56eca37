using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>What the front end makes of one kernel method for one target: its variants, or the error that stopped it, and warnings.</summary>
internal sealed record TracedKernel(string Target, EquatableArray<Kernel> Variants, Finding? Error, List<Finding> Warnings)
{
    /// <summary>Traces every variant of a kernel for a target.</summary>
    public static TracedKernel Trace(Compilation compilation, IMethodSymbol method, string target, CancellationToken cancellation)
    {
        var warnings = new List<Finding>();
        var variants = new List<Kernel>();
        try
        {
            var signature = Signature.Read(method);
            foreach (var variant in Frontend.Variants.Enumerate(signature, target, warnings))
            {
                cancellation.ThrowIfCancellationRequested();
                var kernel = Tracer.Trace(compilation, signature, variant, warnings);
                Verifier.Check(kernel);
                KernelChecks.Find(kernel, signature.Location, warnings);
                variants.Add(kernel);
            }
            return new TracedKernel(target, variants.ToEquatable(), null, Distinct(warnings));
        }
        catch (KernelError e)
        {
            return new TracedKernel(target, default, e.Finding, Distinct(warnings));
        }
        catch (InvalidKernelException e)
        {
            return new TracedKernel(target, default, new Finding("KDSL0190", method.Locations.FirstOrDefault(), "Trace", e.Message), warnings);
        }
    }

    // Variants of one kernel give the same warnings.
    private static List<Finding> Distinct(List<Finding> findings) =>
        findings.GroupBy(static f => (f.Id, f.Location, string.Join("|", f.Arguments))).Select(static g => g.First()).ToList();
}
