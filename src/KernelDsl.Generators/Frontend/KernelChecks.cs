using KernelDsl.Generators.Ir;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>Warnings that are properties of a traced kernel: races, dead loads, lost precision, loads that do not move.</summary>
internal static class KernelChecks
{
    public static void Find(Kernel kernel, Location? place, List<Finding> findings)
    {
        var ops = Walk.All(kernel.Body).ToList();
        var used = new HashSet<string>(kernel.Body.SelectMany(Walk.AllUses).Select(static t => t.Name));
        foreach (var load in ops.OfType<Load>().Where(l => !used.Contains(l.Result.Name)))
            findings.Add(new Finding("KDSL0082", place, load.View));
        RoundTrips(kernel, ops, place, findings);
        Races(kernel, ops, place, findings);
        Invariant(kernel.Body, [], place, findings);
    }

    /// <summary>A narrowed tile whose only use is to be widened again.</summary>
    private static void RoundTrips(Kernel kernel, List<Op> ops, Location? place, List<Finding> findings)
    {
        foreach (var narrow in ops.OfType<Ir.Convert>().Where(static c => c.Source.Element == Element.F32 && c.Result.Element is Element.BF16 or Element.F16))
        {
            var users = ops.Where(o => Walk.Uses(o).Concat(Walk.CarriedOf(o).Select(static c => c.Next)).Any(t => t.Name == narrow.Result.Name)).ToList();
            bool stored = ops.OfType<Ir.Convert>().Any(w => w.Source == narrow.Result && ops.OfType<Store>().Any(s => s.Value == w.Result && kernel.ParameterOf(s.View).Element == narrow.Result.Element));
            if (users.Count > 0 && !stored && users.All(static u => u is Ir.Convert))
                findings.Add(new Finding("KDSL0062", place, narrow.Source.Name));
        }
    }

    private static void Races(Kernel kernel, List<Op> ops, Location? place, List<Finding> findings)
    {
        var lets = ops.OfType<Let>().ToDictionary(static l => l.Name, static l => l.Value);
        foreach (var loop in ops.OfType<BlockLoop>())
            lets[$"{loop.Axis.Id}.start"] = ScalarMath.Add(loop.From, loop.To);
        foreach (var loop in ops.OfType<IndexLoop>())
            lets[loop.Name] = ScalarMath.Add(loop.From, loop.To);
        var resolver = new LetResolver(lets);
        foreach (var store in ops.OfType<Store>())
            for (int dim = 0; dim < 3; dim++)
                if (kernel.Grid[dim].Extent is not IntConst && !store.Indices.SelectMany(StartOf).Any(s => Mentions(resolver.Scalar(s), dim)))
                    findings.Add(new Finding("KDSL0080", place, store.View, "XYZ"[dim].ToString()));
    }

    private static IEnumerable<Scalar> StartOf(ViewIndex index) => index switch
    {
        ScalarIndex s => [s.Value],
        BlockIndex b => [b.Start],
        _ => [],
    };

    private static bool Mentions(Scalar scalar, int dim) => scalar switch
    {
        GridIndex g => g.Dim == dim,
        ScalarBinary b => Mentions(b.A, dim) || Mentions(b.B, dim),
        ScalarSelect s => Mentions(s.Condition, dim) || Mentions(s.A, dim) || Mentions(s.B, dim),
        ScalarToFloat f => Mentions(f.Value, dim),
        ScalarRead r => r.Indices.Any(i => Mentions(i, dim)),
        _ => false,
    };

    /// <summary>Loads inside a loop that nothing in the loop changes.</summary>
    private static void Invariant(IEnumerable<Op> body, HashSet<string> changing, Location? place, List<Finding> findings)
    {
        foreach (var op in body)
        {
            if (changing.Count > 0 && op is Load load && !Walk.Scalars(op).SelectMany(Walk.Names).Any(changing.Contains))
                findings.Add(new Finding("KDSL0083", place, load.View));
            if (op is BlockLoop or IndexLoop)
            {
                var inner = new HashSet<string>(op is BlockLoop b ? [$"{b.Axis.Id}.start", $"{b.Axis.Id}.live"] : [((IndexLoop)op).Name]);
                foreach (var let in Walk.All(Walk.Children(op)).OfType<Let>())
                    inner.Add(let.Name);
                Invariant(Walk.Children(op), inner, place, findings);
            }
        }
    }
}
