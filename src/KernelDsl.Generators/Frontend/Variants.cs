using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>One choice of schedule and constants: what the tracer needs to know every block size.</summary>
internal sealed record Variant(Schedule Schedule, EquatableArray<Constant> Constants);

/// <summary>Reads [Schedule] attributes and enumerates the variants of a kernel for a target.</summary>
internal static class Variants
{
    private static readonly string[] _knobs = ["BM", "BN", "BK", "BH", "Warps", "Stages", "Cube"];

    /// <summary>Every schedule for the target times every listed value of each constant, in declaration order.</summary>
    /// <exception cref="KernelError">KDSL0005, KDSL0101.</exception>
    public static List<Variant> Enumerate(Signature signature, string target, List<Finding> warnings)
    {
        var schedules = Names.AttributesOf(signature.Method, Names.Schedule).Where(a => TargetOf(a) == target).ToList();
        if (schedules.Count == 0)
            return Of(signature, target, null);

        var result = new List<Variant>();
        foreach (var schedule in schedules)
        {
            var added = Of(signature, target, schedule);
            if (added.Count > 0 && added.All(result.Contains))
                warnings.Add(new Finding("KDSL0102", PlaceOf(schedule) ?? signature.Location, target));
            result.AddRange(added.Where(a => !result.Contains(a)));
        }
        return result;
    }

    /// <summary>The targets a kernel is traced for: every back end there is and those it names in schedules; at least one, so that a sole front end speaks up.</summary>
    public static IEnumerable<string> TargetsOf(IMethodSymbol method, IEnumerable<string> backends) =>
        backends.Concat(Names.AttributesOf(method, Names.Schedule).Select(TargetOf).OfType<string>()).DefaultIfEmpty("Cpu").Distinct().OrderBy(static t => t, StringComparer.Ordinal);

    private static List<Variant> Of(Signature signature, string target, AttributeData? schedule)
    {
        var named = schedule?.NamedArguments.ToDictionary(static a => a.Key, static a => a.Value.Value) ?? [];
        int Number(string name) => named.TryGetValue(name, out object? v) && v is int i ? i : 0;
        foreach (string name in named.Keys)
            if (!_knobs.Contains(name) && signature.Constants.All(c => c.Symbol.Name != name))
                throw new KernelError("KDSL0101", PlaceOf(schedule!) ?? signature.Location, name);

        var blocks = new List<Constant>();
        foreach (var block in signature.Blocks)
        {
            int size = Number(block.Name);
            if (size == 0 && block.HasExplicitDefaultValue && block.ExplicitDefaultValue is int d)
                size = d;
            if (size <= 0)
                throw new KernelError("KDSL0005", signature.Location, signature.Name, target, block.Name);
            blocks.Add(new Constant(block.Name, size, IsBlock: true));
        }

        bool cube = !named.TryGetValue("Cube", out object? c) || c is not false;
        var knobs = new Schedule(target, Number("Warps"), Number("Stages"), cube);
        return Combinations(signature, named).Select(values => new Variant(knobs, blocks.Concat(values).ToEquatable())).ToList();
    }

    private static IEnumerable<List<Constant>> Combinations(Signature signature, Dictionary<string, object?> filters)
    {
        IEnumerable<List<Constant>> all = [[]];
        foreach (var (symbol, values) in signature.Constants)
        {
            var allowed = filters.TryGetValue(symbol.Name, out object? f) && f is int only and not 0 ? values.Where(v => v == only) : values;
            all = all.SelectMany(prefix => allowed.Select(v => prefix.Append(new Constant(symbol.Name, v, IsBlock: false)).ToList())).ToList();
        }
        return all;
    }

    private static string? TargetOf(AttributeData schedule)
    {
        if (schedule.ConstructorArguments.Length == 0 || schedule.ConstructorArguments[0] is not { Type: INamedTypeSymbol type, Value: { } value })
            return null;
        return type.GetMembers().OfType<IFieldSymbol>().FirstOrDefault(f => Equals(f.ConstantValue, value))?.Name;
    }

    private static Location? PlaceOf(AttributeData attribute) => attribute.ApplicationSyntaxReference is { } r
        ? Location.Create(r.SyntaxTree, r.Span) : null;
}
