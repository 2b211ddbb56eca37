using System.Collections.Immutable;
using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Frontend;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace KernelDsl.Generators;

/// <summary>
/// The pipeline: trace every [Kernel] into IR, hand it to the back end that the KdslTarget property names, add what that emits.
/// Diagnostics come from <see cref="KernelAnalyzer"/>; an unsound kernel emits nothing here.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class KernelGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var target = context.AnalyzerConfigOptionsProvider.Select(static (options, _) => TargetOf(options));

        var kernels = context.SyntaxProvider
            .ForAttributeWithMetadataName(Names.KernelAttribute, static (node, _) => node is MethodDeclarationSyntax, Trace)
            .WithTrackingName(Steps.Trace);

        var lowered = kernels.Combine(target).Select(Lower).WithTrackingName(Steps.Lower);
        context.RegisterSourceOutput(lowered, static (c, k) => Add(c, k.Emission));

        var catalog = lowered.Where(static k => k.Emission.Files.Count > 0).Select(static (k, _) => k.Name).Collect()
            .Combine(target).Select(Catalog).WithTrackingName(Steps.Catalog);
        context.RegisterSourceOutput(catalog, Add);

        var graph = kernels.Collect().Combine(target).Select(Graph).WithTrackingName(Steps.Graph);
        context.RegisterSourceOutput(graph, Add);
    }

    private static readonly System.Text.Encoding _utf8 = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    private static string TargetOf(AnalyzerConfigOptionsProvider options) =>
        options.GlobalOptions.TryGetValue("build_property.KdslTarget", out string? target) ? target : "None";

    private static KernelModel Trace(GeneratorAttributeSyntaxContext context, CancellationToken cancellation)
    {
        var method = (IMethodSymbol)context.TargetSymbol;
        var compilation = context.SemanticModel.Compilation;
        var sound = Variants.TargetsOf(method, BackendCompilers.All.Select(static b => b.Target))
            .Select(t => TracedKernel.Trace(compilation, method, t, cancellation)).Where(static t => t.Error is null);
        return new KernelModel(
            $"{method.ContainingType.Name}.{method.Name}",
            Signature.ConstantsOf(method),
            sound.Select(static t => new TargetVariants(t.Target, t.Variants)).ToEquatable());
    }

    private static Lowered Lower((KernelModel Kernel, string Target) input, CancellationToken cancellation)
    {
        var variants = input.Kernel.Targets.FirstOrDefault(t => t.Target == input.Target)?.Variants ?? default;
        return new Lowered(input.Kernel.Name, variants.Count > 0 && BackendCompilers.For(input.Target) is { } backend
            ? BackendRunner.Compile(backend, variants) : Emission.Nothing);
    }

    private static Emission Catalog((ImmutableArray<string> Kernels, string Target) input, CancellationToken cancellation) =>
        BackendCompilers.For(input.Target)?.EmitCatalog(input.Kernels.OrderBy(static n => n, StringComparer.Ordinal).ToEquatable()) ?? Emission.Nothing;

    private static Emission Graph((ImmutableArray<KernelModel> Kernels, string Target) input, CancellationToken cancellation) =>
        input.Target == "None" && input.Kernels.Length > 0 ? GraphEmitter.Emit(input.Kernels) : Emission.Nothing;

    private static void Add(SourceProductionContext context, Emission emission)
    {
        foreach (var file in emission.Files)
            context.AddSource(file.HintName, SourceText.From(file.Text, _utf8));
    }

    /// <summary>One kernel's output.</summary>
    private sealed record Lowered(string Name, Emission Emission);

    /// <summary>Names of the pipeline's steps, for tests of incremental reuse.</summary>
    public static class Steps
    {
        /// <summary>From syntax to IR.</summary>
        public const string Trace = "Trace";

        /// <summary>From IR to a back end's text.</summary>
        public const string Lower = "Lower";

        /// <summary>The back end's table of kernels.</summary>
        public const string Catalog = "Catalog";

        /// <summary>KernelInfo and Graph members.</summary>
        public const string Graph = "Graph";
    }
}
