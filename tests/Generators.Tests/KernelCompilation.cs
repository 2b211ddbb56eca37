using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace KernelDsl.Generators.Tests;

/// <summary>Compiles kernel sources in memory, as a project with the language's usings would.</summary>
internal static class KernelCompilation
{
    private const string Usings = """
        global using System;
        global using KernelDsl;
        global using bf16 = KernelDsl.BFloat16;
        global using static KernelDsl.Tile;
        """;

    private static readonly CSharpParseOptions _options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.CSharp14);

    private static readonly ImmutableArray<MetadataReference> _references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static p => Path.GetFileName(p).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(p) is "netstandard.dll")
            .Select(static p => MetadataReference.CreateFromFile(p)),
        MetadataReference.CreateFromFile(typeof(KernelAttribute).Assembly.Location),
    ];

    /// <summary>An assembly with an [Inline] method: what a kernel may call but nobody can read.</summary>
    private static readonly Lazy<MetadataReference> _library = new(static () =>
    {
        var library = CSharpCompilation.Create(
            "Library",
            [CSharpSyntaxTree.ParseText(Usings + "public static class Library { [Inline] public static Tile<float> Twice(Tile<float> t) => t + t; }", _options)],
            _references, new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var image = new MemoryStream();
        Assert.True(library.Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    });

    /// <summary>The kernels of this repository.</summary>
    public static CSharpCompilation Repository() => Create(Directory.GetFiles(Path.Combine(Repo.Root, "src", "Kernels"), "*.cs")
        .Where(static f => Path.GetFileName(f) != "AssemblyInfo.cs").Select(static f => (f, File.ReadAllText(f))).ToArray());

    /// <summary>A compilation of the given sources.</summary>
    public static CSharpCompilation Create(params (string Path, string Text)[] sources) => CSharpCompilation.Create(
        "kernels",
        sources.Append((Path: "Usings.cs", Text: Usings)).Select(static s => CSharpSyntaxTree.ParseText(s.Text, _options, s.Path)),
        [.. _references, _library.Value],
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));

    /// <summary>The KDSL diagnostics of a compilation as the analyzer reports them in a project of the target.</summary>
    public static async Task<ImmutableArray<Diagnostic>> Analyze(Compilation compilation, string target)
    {
        var options = new AnalyzerOptions([], new TargetOptions(target));
        var all = await compilation.WithAnalyzers([new KernelAnalyzer()], options).GetAnalyzerDiagnosticsAsync();
        return [.. all.OrderBy(static d => d.Id)];
    }

    /// <summary>A driver of the generator that records its steps.</summary>
    public static GeneratorDriver Driver(string target) => CSharpGeneratorDriver.Create(
        [new KernelGenerator().AsSourceGenerator()], parseOptions: _options, optionsProvider: new TargetOptions(target),
        driverOptions: new GeneratorDriverOptions(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));

    private sealed class TargetOptions(string target) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new Options(target);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => GlobalOptions;

        private sealed class Options(string target) : AnalyzerConfigOptions
        {
            public override bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value)
            {
                value = key == "build_property.KdslTarget" ? target : null;
                return value is not null;
            }
        }
    }
}
