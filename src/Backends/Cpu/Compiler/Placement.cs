using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Gives every value that leaves its nest a place in scratch. A loop's carried value lives in one place; what the body computes for the
/// next iteration goes straight there when nothing later in the body still reads the old value, and is moved there at its end otherwise.
/// </summary>
internal sealed class Placement(Values values)
{
    private readonly Dictionary<Step.Loop, List<(TileValue From, TileValue To)>> _moves = [];

    public Scratch Scratch { get; } = new();

    /// <summary>Places all values of a program.</summary>
    public void Place(List<Step> steps)
    {
        foreach (var loop in steps.OfType<Step.Loop>())
            PlaceCarried(loop);
        foreach (var merged in steps.OfType<Step.MergedLoop>())
        {
            foreach (var carried in merged.Op.Carried)
                Scratch.Share(carried.Result, Scratch.Place(carried.Value));
        }

        foreach (var product in steps.OfType<Step.Product>())
            PlaceProduct(product, steps);
        foreach (var nest in steps.OfType<Step.Nest>())
            foreach (var tile in nest.Kept)
                if (!Scratch.Holds(tile))
                    Scratch.Place(tile);
        foreach (var loop in steps.OfType<Step.Loop>())
            Place(loop.Body);
    }

    /// <summary>What must be moved at the end of a loop's body.</summary>
    public IReadOnlyList<(TileValue From, TileValue To)> MovesAfter(Step.Loop loop) => _moves[loop];

    private void PlaceCarried(Step.Loop loop)
    {
        var moves = new List<(TileValue From, TileValue To)>();
        foreach (var carried in loop.Carried)
            Scratch.Share(carried.Result, Scratch.Place(carried.Value));
        foreach (var carried in loop.Carried)
        {
            var next = values.Resolve(carried.Next);
            if (next.Name == carried.Value.Name)
                continue;
            if (!Scratch.Holds(next) && WritesInPlace(loop, carried, next) is { } addend)
            {
                foreach (var tile in addend.Append(next))
                    if (tile.Name != carried.Value.Name)
                        Scratch.Share(tile, Scratch[carried.Value]);
            }
            else
            {
                moves.Add((next, carried.Value));
            }
        }

        _moves[loop] = Ordered(moves);
    }

    /// <summary>A value is moved away before its place is written; a cycle goes through a place of its own.</summary>
    private List<(TileValue From, TileValue To)> Ordered(List<(TileValue From, TileValue To)> moves)
    {
        var ordered = new List<(TileValue From, TileValue To)>();
        while (moves.Count > 0)
        {
            int free = moves.FindIndex(m => moves.All(other => other == m || other.From.Name != m.To.Name));
            if (free < 0)
            {
                var (source, to) = moves[0];
                var aside = source with { Name = source.Name + "Aside" };
                Scratch.Place(aside);
                ordered.Add((source, aside));
                moves[0] = (aside, to);
                continue;
            }

            ordered.Add(moves[free]);
            moves.RemoveAt(free);
        }

        return ordered;
    }

    /// <summary>The values besides next that then share the carried place (an addend), or null when the old value is still needed.</summary>
    private List<TileValue>? WritesInPlace(Step.Loop loop, Carried carried, TileValue next)
    {
        int writer = loop.Body.FindIndex(step => Defines(step, next));
        if (writer < 0)
            return null;
        var shared = new List<TileValue>();
        int first = writer;
        if (loop.Body[writer] is Step.Product { Addend: { } a } product)
        {
            var addend = values.Resolve(a);
            if (addend.Name != carried.Value.Name && AddendNest(product, loop.Body) is { } nest)
            {
                shared.Add(addend);
                first = nest;
            }
        }

        foreach (var use in values.UsesThroughAliases(carried.Value))
        {
            if (use == loop.Op)
                return null;
            int step = loop.Body.FindIndex(s => Contains(s, use));
            bool laneByLane = step == first && (loop.Body[step] is Step.Nest || !ReadsAsOperand(loop.Body[step], carried.Value));
            if (step > first || (step == first && !laneByLane))
                return null;
        }

        return shared;
    }

    private void PlaceProduct(Step.Product product, List<Step> steps)
    {
        var place = Scratch.Holds(product.Result) ? Scratch[product.Result] : Scratch.Place(product.Result);
        if (product.Addend is { } a && values.Resolve(a) is var addend && !Scratch.Holds(addend) && AddendNest(product, steps) is not null)
            Scratch.Share(addend, place);
    }

    /// <summary>The nest that computes an addend which only this product reads.</summary>
    private int? AddendNest(Step.Product product, List<Step> steps)
    {
        var addend = values.Resolve(product.Addend!);
        int nest = steps.FindIndex(step => step is Step.Nest && Defines(step, addend));
        return nest >= 0 && values.UsesThroughAliases(addend).Count == 1 ? nest : null;
    }

    private static bool Defines(Step step, TileValue tile) => step switch
    {
        Step.Nest nest => nest.Kept.Any(k => k.Name == tile.Name),
        Step.Product product => product.Result.Name == tile.Name,
        _ => false,
    };

    private static bool Contains(Step step, Op op) => step switch
    {
        Step.Nest nest => nest.Ops.Contains(op),
        Step.Product product => product.Dot == op || Walk.Defines(op).Any(t => t.Name == product.Result.Name),
        Step.Loop loop => loop.Op == op || Walk.All(Walk.Children(loop.Op)).Contains(op),
        Step.MergedLoop merged => merged.Op == op || Walk.All(merged.Op.Body).Contains(op),
        _ => false,
    };

    private bool ReadsAsOperand(Step step, TileValue tile) => step is Step.Product product
        && (values.Resolve(product.Dot.A).Name == tile.Name || values.Resolve(product.Dot.B).Name == tile.Name);
}
