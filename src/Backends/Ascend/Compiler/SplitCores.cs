using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>
/// Decides which core runs a kernel. A kernel whose operations the cube core has all of them (products over a block loop, added to one
/// accumulator, at most a row added at the end, one store that rounds) runs there alone; every other runs on the vector core. Kernels that
/// would need both, with a workspace between them, stay on the vector core until mixed kernels exist.
/// </summary>
internal static class SplitCores
{
    /// <summary>The cube form of a kernel, or null when the vector core must run it.</summary>
    public static CubeKernel? Cube(Kernel kernel)
    {
        var body = kernel.Body.ToList();
        var loops = body.OfType<BlockLoop>().ToList();
        var stores = body.OfType<Store>().ToList();
        if (!kernel.Schedule.Cube || loops.Count != 1 || stores.Count != 1 || loops[0].Carried.Count != 1)
            return null;
        var (loop, store, carried) = (loops[0], stores[0], loops[0].Carried[0]);

        var known = new HashSet<Op> { loop, store };
        if (Defining(body, carried.Initial) is not Fill { Value: var zero } fill || !IsZero(zero) || MatchProduct(loop, carried) is not { } product)
            return null;
        known.Add(fill);

        Load? bias = null;
        if (store.Value.Name != carried.Result.Name)
        {
            if (Defining(body, store.Value) is not Elementwise { Function: Function.Add } add || Other(add, carried.Result) is not { } row)
                return null;
            known.Add(add);
            var source = Defining(body, row);
            if (source is Ir.Convert widen)
            {
                known.Add(widen);
                source = Defining(body, widen.Source);
            }
            bias = source as Load;
            if (bias is null || !bias.Result.Rows.IsOne || bias.Result.Cols.IsOne || bias.Result.Element != product.A.Result.Element)
                return null;
            known.Add(bias);
        }
        if (body.Any(op => op is not (Let or Guard) && !known.Contains(op)))
            return null;
        bool whole = store.Indices.Count(static i => i is BlockIndex) == 2 && store.Indices[store.Indices.Count - 1] is BlockIndex;
        return whole ? new CubeKernel(kernel, loop, product.A, product.B, bias, store) : null;
    }

    private static (Load A, Load B)? MatchProduct(BlockLoop loop, Carried carried)
    {
        var body = loop.Body.ToList();
        if (Defining(body, carried.Next) is not Elementwise { Function: Function.Add } add || Other(add, carried.Value) is not { } term
            || Defining(body, term) is not Dot { ATransposed: false, BTransposed: true } dot
            || Defining(body, dot.A) is not Load a || Defining(body, dot.B) is not Load b)
            return null;
        bool storage = a.Result.Element is Element.BF16 or Element.F16 && a.Result.Element == b.Result.Element;
        bool tiles = new[] { a, b }.All(static l => l.Indices.Count(static i => i is BlockIndex) == 2 && l.Indices[l.Indices.Count - 1] is BlockIndex);
        bool overLoop = dot.A.Cols.Id == loop.Axis.Id;
        bool nothingElse = body.All(op => op is Let || ReferenceEquals(op, add) || ReferenceEquals(op, dot) || ReferenceEquals(op, a) || ReferenceEquals(op, b));
        return storage && tiles && overLoop && nothingElse ? (a, b) : null;
    }

    private static Op? Defining(IEnumerable<Op> body, TileValue tile) => body.FirstOrDefault(op => Walk.Defines(op).Any(t => t.Name == tile.Name));

    private static TileValue? Other(Elementwise e, TileValue one)
    {
        var tiles = e.Operands.OfType<TileOperand>().Select(static o => o.Tile).ToList();
        return tiles.Count != 2 || tiles.Count(t => t.Name == one.Name) != 1 ? null : tiles.First(t => t.Name != one.Name);
    }

    private static bool IsZero(Scalar value) => value is FloatConst { Value: 0 } or IntConst { Value: 0 };
}
