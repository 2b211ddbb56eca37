namespace KernelDsl.Generators.Ir;

/// <summary>What an operation reads, defines and contains: the questions every pass asks.</summary>
public static class Walk
{
    /// <summary>The operations nested directly inside a loop; empty for others.</summary>
    public static IEnumerable<Op> Children(Op op) => op switch
    {
        BlockLoop b => b.Body,
        IndexLoop i => i.Body,
        _ => [],
    };

    /// <summary>The operations of a body and of everything nested in it, outer ones first.</summary>
    public static IEnumerable<Op> All(IEnumerable<Op> body)
    {
        foreach (var op in body)
        {
            yield return op;
            foreach (var inner in All(Children(op)))
                yield return inner;
        }
    }

    /// <summary>Tiles that an operation defines for those after it: its result, or a loop's results.</summary>
    public static IEnumerable<TileValue> Defines(Op op) => op switch
    {
        Load l => [l.Result],
        Fill f => [f.Result],
        Elementwise e => [e.Result],
        Convert c => [c.Result],
        Reduce r => [r.Result],
        Select s => [s.Result],
        Dot d => [d.Result],
        Transpose t => [t.Result],
        BlockLoop b => b.Carried.Select(static c => c.Result),
        IndexLoop i => i.Carried.Select(static c => c.Result),
        _ => [],
    };

    /// <summary>Tiles that an operation itself reads; for a loop its initial values, not what its body reads.</summary>
    public static IEnumerable<TileValue> Uses(Op op) => op switch
    {
        Store s => [s.Value],
        Elementwise e => Tiles(e.Operands),
        Convert c => [c.Source],
        Reduce r => [r.Source],
        Select s => Tiles([s.IfTrue, s.IfFalse]),
        Dot d => [d.A, d.B],
        Transpose t => [t.Source],
        BlockLoop b => b.Carried.Select(static c => c.Initial),
        IndexLoop i => i.Carried.Select(static c => c.Initial),
        _ => [],
    };

    /// <summary>Tiles that an operation and everything nested in it read, yields included.</summary>
    public static IEnumerable<TileValue> AllUses(Op op) =>
        Uses(op).Concat(CarriedOf(op).Select(static c => c.Next)).Concat(Children(op).SelectMany(AllUses));

    /// <summary>What a loop carries; empty for other operations.</summary>
    public static IReadOnlyList<Carried> CarriedOf(Op op) => op switch
    {
        BlockLoop b => b.Carried,
        IndexLoop i => i.Carried,
        _ => [],
    };

    /// <summary>The uniform values an operation itself reads, live counts of its axes included.</summary>
    public static IEnumerable<Scalar> Scalars(Op op) => op switch
    {
        Let l => [l.Value],
        Guard g => [g.Condition],
        Load l => l.Indices.SelectMany(Scalars),
        Store s => s.Indices.SelectMany(Scalars),
        Fill f => [f.Value],
        Elementwise e => Scalars(e.Operands),
        Select s => Scalars([s.IfTrue, s.IfFalse]).Concat([s.Mask.Left.Offset, s.Mask.Right.Offset]),
        Reduce { Offset: { } offset } => [offset],
        BlockLoop b => [b.From, b.To],
        IndexLoop i => [i.From, i.To],
        _ => [],
    };

    /// <summary>The names (lets, loop indices, block starts and live counts) a uniform value mentions.</summary>
    public static IEnumerable<string> Names(Scalar scalar) => scalar switch
    {
        ScalarName n => [n.Name],
        ScalarBinary b => Names(b.A).Concat(Names(b.B)),
        ScalarSelect s => Names(s.Condition).Concat(Names(s.A)).Concat(Names(s.B)),
        ScalarToFloat f => Names(f.Value),
        ScalarRead r => r.Indices.SelectMany(Names),
        _ => [],
    };

    private static IEnumerable<TileValue> Tiles(IEnumerable<Operand> operands) => operands.OfType<TileOperand>().Select(static o => o.Tile);

    private static IEnumerable<Scalar> Scalars(IEnumerable<Operand> operands) => operands.OfType<ScalarOperand>().Select(static o => o.Value);

    private static IEnumerable<Scalar> Scalars(ViewIndex index) => index switch
    {
        ScalarIndex s => [s.Value],
        BlockIndex b => [b.Start, b.Axis.Live],
        _ => [],
    };
}
