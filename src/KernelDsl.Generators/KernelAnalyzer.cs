using System.Collections.Immutable;
using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Diagnostics;
using KernelDsl.Generators.Frontend;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KernelDsl.Generators;

/// <summary>
/// Reports KDSL diagnostics live, from the same front end and back ends as the generator. In a project without a target (the kernels' own)
/// every target's front end must accept the kernel; in a target's project that back end's word is added.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class KernelAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [.. Descriptors.All];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolAction(Analyze, SymbolKind.Method);
    }

    private static void Analyze(SymbolAnalysisContext context)
    {
        var method = (IMethodSymbol)context.Symbol;
        if (!Names.Has(method, Names.Kernel))
            return;
        context.Options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue("build_property.KdslTarget", out string? target);
        var backend = BackendCompilers.For(target ?? "None");
        var targets = backend is null ? Variants.TargetsOf(method, BackendCompilers.All.Select(static b => b.Target)) : [backend.Target];

        var reported = new HashSet<string>();
        foreach (var traced in targets.Select(t => TracedKernel.Trace(context.Compilation, method, t, context.CancellationToken)))
        {
            foreach (var finding in traced.Error is { } error ? traced.Warnings.Append(error) : traced.Warnings)
                Report(context, finding, reported);
            if (backend is not null && traced.Variants.Count > 0)
                foreach (var diagnostic in BackendRunner.Compile(backend, traced.Variants).Diagnostics)
                    Report(context, new Finding(diagnostic.Id, method.Locations.FirstOrDefault(), [.. diagnostic.Arguments]), reported);
        }
    }

    private static void Report(SymbolAnalysisContext context, Finding finding, HashSet<string> reported)
    {
        var diagnostic = Diagnostic.Create(Descriptors.For(finding.Id), finding.Location, finding.Arguments);
        if (reported.Add(diagnostic.ToString()))
            context.ReportDiagnostic(diagnostic);
    }
}
