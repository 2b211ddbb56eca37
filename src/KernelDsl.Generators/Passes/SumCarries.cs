using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Passes;

/// <summary>
/// Finds carried sums: c = c + RowSum(e) (or max, or min), with c used for nothing else in the loop. A back end keeps lanes in the loop and
/// reduces once after it; the language allows it (docs/language.md: the schedule fixes only what is summed).
/// </summary>
public static class SumCarries
{
    /// <summary>The reductions of a loop body that can be hoisted, with the carried value each feeds.</summary>
    public static IReadOnlyList<(Carried Carried, Reduce Reduce, Elementwise Combine)> Find(Op loop)
    {
        var body = Walk.All(Walk.Children(loop)).ToList();
        var found = new List<(Carried, Reduce, Elementwise)>();
        foreach (var carried in Walk.CarriedOf(loop))
        {
            var combine = body.OfType<Elementwise>().FirstOrDefault(e => e.Result.Name == carried.Next.Name);
            if (combine is null || !Combines(combine.Function) || Uses(body, loop, carried.Value.Name) != 1 || Uses(body, loop, combine.Result.Name) != 1)
                continue;
            var other = combine.Operands.OfType<TileOperand>().Select(static o => o.Tile).FirstOrDefault(t => t.Name != carried.Value.Name);
            if (other is null || combine.Operands.OfType<TileOperand>().All(o => o.Tile.Name != carried.Value.Name))
                continue;
            var reduce = body.OfType<Reduce>().FirstOrDefault(r => r.Result.Name == other.Name && Matches(r.Reduction, combine.Function));
            if (reduce is not null && Uses(body, loop, reduce.Result.Name) == 1)
                found.Add((carried, reduce, combine));
        }
        return found;
    }

    private static bool Combines(Function function) => function is Function.Add or Function.Max or Function.Min;

    private static bool Matches(Reduction reduction, Function function) => (reduction, function) is
        (Reduction.Sum, Function.Add) or (Reduction.Max, Function.Max) or (Reduction.Min, Function.Min);

    private static int Uses(List<Op> body, Op loop, string name) =>
        body.SelectMany(static o => Walk.Uses(o).Concat(Walk.CarriedOf(o).Select(static c => c.Next))).Concat(Walk.CarriedOf(loop).Select(static c => c.Next)).Count(t => t.Name == name);
}
