using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>Whether two accesses of one view may share a nest, whose rows and vectors run in order.</summary>
internal static class Aliasing
{
    /// <summary>The accesses, b after a, touch the same element in the same lane, or never the same element.</summary>
    public static bool IsLaneByLane(Values values, Op a, Op b) => (AreSame(values, a, b) && !IsLate(values, a)) || AreDisjoint(values, a, b);

    /// <summary>Caches take a vector when its row is complete.</summary>
    private static bool IsLate(Values values, Op op) => op is Store store && values.Kernel.ParameterOf(store.View).Kind == ParameterKind.Paged;

    /// <summary>The accesses touch the same element in the same lane.</summary>
    public static bool AreSame(Values values, Op a, Op b) => Expand(values, a).SequenceEqual(Expand(values, b));

    /// <summary>Along some index the accessed ranges lie a constant distance apart that is no shorter than a block.</summary>
    private static bool AreDisjoint(Values values, Op a, Op b)
    {
        foreach (var (x, y) in IndicesOf(a).Zip(IndicesOf(b), static (x, y) => (x, y)))
        {
            int length = Math.Max(LengthOf(x), LengthOf(y));
            if (Distance(values.Expand(StartOf(x)), values.Expand(StartOf(y))) is { } distance && Math.Abs(distance) >= length)
                return true;
        }

        return false;
    }

    /// <summary>b - a when that is a constant.</summary>
    private static int? Distance(Scalar a, Scalar b)
    {
        var (aBase, aOffset) = Split(a);
        var (bBase, bOffset) = Split(b);
        return Equals(aBase, bBase) ? bOffset - aOffset : null;
    }

    private static (Scalar? Base, int Offset) Split(Scalar scalar) => scalar switch
    {
        IntConst c => (null, c.Value),
        ScalarBinary { Op: ScalarOp.Add, B: IntConst c } sum => (sum.A, c.Value),
        _ => (scalar, 0),
    };

    private static List<(Scalar Start, string Axis)> Expand(Values values, Op op) =>
        IndicesOf(op).Select(i => (values.Expand(StartOf(i)), i is BlockIndex b ? b.Axis.ToString() : "")).ToList();

    private static EquatableArray<ViewIndex> IndicesOf(Op op) => op is Load load ? load.Indices : ((Store)op).Indices;

    private static Scalar StartOf(ViewIndex index) => index is BlockIndex block ? block.Start : ((ScalarIndex)index).Value;

    private static int LengthOf(ViewIndex index) => index is BlockIndex block ? block.Axis.Length : 1;
}
