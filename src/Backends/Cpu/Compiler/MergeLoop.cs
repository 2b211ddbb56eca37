using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Recognises a block loop whose body is one nest along the loop's own axis and whose carried columns only gather that nest's reductions:
/// it becomes one nest over the whole range, and the reduction runs in lanes from end to end.
/// </summary>
internal static class MergeLoop
{
    /// <summary>The merged loop, or null.</summary>
    public static Step.MergedLoop? Try(Values values, BlockLoop loop, List<Step> body)
    {
        var nests = body.OfType<Step.Nest>().ToList();
        var main = nests.Where(n => n.Space.Along == LaneAxis.Cols && n.Space.Vector.Matches(loop.Axis)).ToList();
        if (main.Count != 1 || body.Any(static s => s is not (Step.Nest or Step.Uniform { Op: Let })))
            return null;
        var nest = main[0];

        var folds = new Dictionary<string, Carried>();
        foreach (var carried in loop.Carried)
        {
            if (FoldOf(values, carried, nest) is not { } reduction)
                return null;
            folds[reduction.Result.Name] = carried;
        }

        var updates = nests.Where(n => n != nest).SelectMany(static n => n.Ops).ToList();
        bool onlyUpdates = updates.All(op => loop.Carried.Any(c => values.Definition(c.Next) == op));
        bool onlyReductionsKept = nest.Kept.All(tile => folds.ContainsKey(tile.Name));
        if (!onlyUpdates || !onlyReductionsKept || !StartsAreLinear(values, loop, nest) || !EffectsAreInPlace(values, nest))
            return null;

        foreach (var fold in folds)
            nest.Folds[fold.Key] = fold.Value;
        return new Step.MergedLoop(loop, body.OfType<Step.Uniform>().Select(static u => u.Op).ToList(), nest);
    }

    /// <summary>The reduction r of "next = value + rowsum r" (or max, min of the same kind), when nothing else reads either.</summary>
    private static Reduce? FoldOf(Values values, Carried carried, Step.Nest nest)
    {
        if (values.Definition(carried.Next) is not Elementwise { Operands.Count: 2 } update
            || update.Operands[0] is not TileOperand a || update.Operands[1] is not TileOperand b)
            return null;
        var other = a.Tile.Name == carried.Value.Name ? b.Tile : b.Tile.Name == carried.Value.Name ? a.Tile : null;
        if (other is null || values.Definition(values.Resolve(other)) is not Reduce reduce || !nest.Ops.Contains(reduce))
            return null;
        bool sameKind = (update.Function, reduce.Reduction) is (Function.Add, Reduction.Sum) or (Function.Max, Reduction.Max) or (Function.Min, Reduction.Min);
        bool readOnce = values.UsesThroughAliases(reduce.Result).Count == 1 && values.UsesThroughAliases(carried.Value).Count == 1
            && values.UsesThroughAliases(carried.Next).Count == 1;
        return sameKind && readOnce ? reduce : null;
    }

    /// <summary>The block's start only offsets columns, so that running past the block's length is the next block.</summary>
    private static bool StartsAreLinear(Values values, BlockLoop loop, Step.Nest nest)
    {
        string start = loop.Axis.Id + ".start", live = loop.Axis.Id + ".live";
        bool Mentions(Scalar s) => Walk.Names(values.Expand(s)).Any(n => n == start || n == live);
        bool Linear(Scalar s) => values.Expand(s) switch
        {
            ScalarName n => n.Name == start,
            ScalarBinary { Op: ScalarOp.Add } sum => (Linear(sum.A) && !Mentions(sum.B)) || (Linear(sum.B) && !Mentions(sum.A)),
            ScalarBinary { Op: ScalarOp.Sub } difference => Linear(difference.A) && !Mentions(difference.B),
            _ => false,
        };
        bool IndexIsFine(ViewIndex index, bool isColumn) => index switch
        {
            BlockIndex b when isColumn => Linear(b.Start) && b.Axis.Matches(loop.Axis),
            BlockIndex b => !Mentions(b.Start),
            ScalarIndex s => !Mentions(s.Value),
            _ => false,
        };
        bool IndicesAreFine(IReadOnlyList<ViewIndex> indices, Shape shape)
        {
            bool hasColumns = shape is Shape.Full or Shape.Row;
            int column = -1;
            for (int i = 0; i < indices.Count; i++)
                if (indices[i] is BlockIndex && hasColumns)
                    column = i;
            return indices.Select((index, i) => IndexIsFine(index, i == column)).All(static fine => fine);
        }

        bool LanesAreFine(Lanes lanes) => lanes.Axis == LaneAxis.Cols ? Linear(lanes.Offset) : !Mentions(lanes.Offset);
        bool OpIsFine(Op op) => op switch
        {
            Load load => IndicesAreFine(load.Indices, Shapes.Of(load.Result)),
            Store store => IndicesAreFine(store.Indices, store.Indices.OfType<BlockIndex>().Any() ? Shape.Row : Shape.Scalar),
            Ir.Select select => LanesAreFine(select.Mask.Left) && LanesAreFine(select.Mask.Right) && !Walk.Scalars(op).Where(s => !s.Equals(select.Mask.Left.Offset) && !s.Equals(select.Mask.Right.Offset)).Any(Mentions),
            _ => !Walk.Scalars(op).Any(Mentions),
        };

        var inline = nest.Ops.SelectMany(Walk.Uses).Select(values.Resolve).Where(values.IsInline).Select(t => values.Definition(t)!);
        return nest.Ops.Concat(inline).All(OpIsFine);
    }

    private static bool EffectsAreInPlace(Values values, Step.Nest nest)
    {
        var effects = nest.Ops.Where(static op => op is Load or Store).ToList();
        foreach (var store in effects.OfType<Store>())
            foreach (var other in effects)
                if ((other is Load load ? load.View : ((Store)other).View) == store.View && !Aliasing.AreSame(values, store, other))
                    return false;
        return true;
    }
}
