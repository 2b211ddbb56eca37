using KernelDsl.Generators.Backend;
using KernelDsl.Generators.Frontend;
using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Passes;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Tests;

/// <summary>The IR of every kernel as traced, and what each back end makes of it, against committed files.</summary>
public class KernelSnapshots
{
    private static readonly Lazy<Compilation> _compilation = new(KernelCompilation.Repository);

    public static TheoryData<string> Kernels => [.. Methods().Select(static m => NameOf(m))];

    public static TheoryData<string, string> Targets
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var method in Methods())
                foreach (var backend in BackendCompilers.All)
                    data.Add(NameOf(method), backend.Target);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Ir_OfEveryKernel_IsAsAccepted(string kernel)
    {
        // One variant shows the algorithm; the others differ in numbers only.
        var texts = Variants.TargetsOf(Method(kernel), []).Select(t => Printer.Print(Trace(kernel, t)[0]));
        Snapshot.Matches($"{kernel}.tir", string.Join("\n", texts));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void SharedPasses_OnEveryVariant_KeepTheIrLegal(string kernel)
    {
        Pass[] passes =
        [
            new("Simplify", Simplify.Run), new("Deduplicate", Deduplicate.Run), new("RemoveDead", RemoveDead.Run),
        ];
        foreach (string target in Variants.TargetsOf(Method(kernel), []))
            foreach (var variant in Trace(kernel, target))
                _ = Pipeline.Run(variant, passes);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Code_OfEveryKernel_IsAsAccepted(string kernel, string target)
    {
        var backend = BackendCompilers.For(target)!;
        // One variant of each schedule shows the code; constants differ in numbers only. All variants compile in the back end's own project.
        var variants = Trace(kernel, target).GroupBy(static k => string.Join(" ", k.Constants.Where(static c => c.IsBlock))).Select(static g => g.First());
        var emission = backend.Compile(Model.EquatableArrays.ToEquatable(variants));
        string text = string.Concat(emission.Files.Select(static f => $"// {f.HintName}\n{f.Text}\n"))
            + string.Concat(emission.Diagnostics.Select(static d => $"// {d.Id}: {string.Join(" | ", d.Arguments)}\n"));
        Snapshot.Matches($"{kernel}.{target}.txt", text);
    }

    private static Model.EquatableArray<Kernel> Trace(string kernel, string target)
    {
        var traced = TracedKernel.Trace(_compilation.Value, Method(kernel), target, default);
        Assert.True(traced.Error is null, $"{traced.Error?.Id} {string.Join(" ", traced.Error?.Arguments ?? [])}");
        return traced.Variants;
    }

    private static IEnumerable<IMethodSymbol> Methods() => _compilation.Value.GetSymbolsWithName(static _ => true, SymbolFilter.Member)
        .OfType<IMethodSymbol>().Where(static m => m.GetAttributes().Any(static a => a.AttributeClass?.Name == "KernelAttribute"))
        .OrderBy(NameOf, StringComparer.Ordinal);

    private static IMethodSymbol Method(string kernel) => Methods().First(m => NameOf(m) == kernel);

    private static string NameOf(IMethodSymbol method) => $"{method.ContainingType.Name}.{method.Name}";
}
