namespace KernelDsl.Generators.Ir;

/// <summary>What is legal IR, checked after the front end and after every pass.</summary>
public sealed class Verifier
{
    private readonly Dictionary<string, TileValue> _tiles = [];
    private readonly HashSet<string> _defined = [];
    private readonly HashSet<string> _names = [];
    private readonly Kernel _kernel;

    private Verifier(Kernel kernel) => _kernel = kernel;

    /// <summary>Checks a kernel.</summary>
    /// <exception cref="InvalidKernelException">Names the rule and the operation.</exception>
    public static void Check(Kernel kernel) => new Verifier(kernel).Body(kernel.Body);

    private void Body(IEnumerable<Op> body)
    {
        foreach (var op in body)
            Visit(op);
    }

    private void Visit(Op op)
    {
        foreach (var use in Walk.Uses(op))
            Used(use, op);
        foreach (string name in Walk.Scalars(op).SelectMany(Walk.Names))
            Require(_names.Contains(name), op, $"'{name}' is not defined");

        switch (op)
        {
            case Let let:
                Require(_names.Add(let.Name), op, $"'{let.Name}' is defined twice");
                break;
            case BlockLoop loop:
                Require(loop.Axis.Length > 0, op, "a block needs a positive length");
                Loop(loop, [$"{loop.Axis.Id}.start", $"{loop.Axis.Id}.live"]);
                return;
            case IndexLoop loop:
                Loop(loop, [loop.Name]);
                return;
            case Load load:
                Require(_kernel.ParameterOf(load.View).Element == load.Result.Element, op, "a load has its view's element type");
                Shape(load.Indices, load.Result.Rows, load.Result.Cols, op);
                break;
            case Store store:
                Require(_kernel.ParameterOf(store.View).Kind is ParameterKind.Out or ParameterKind.InOut or ParameterKind.Paged, op, "a store needs an output");
                break;
            case Elementwise e:
                Require(e.Operands.Count == (e.Function >= Function.Add ? 2 : 1), op, "wrong number of operands");
                Broadcast(e.Operands, e.Result, op);
                break;
            case Select s:
                Broadcast([s.IfTrue, s.IfFalse], s.Result, op);
                break;
            case Convert c:
                Require(SameShape(c.Source, c.Result) && c.Source.Element != c.Result.Element, op, "a conversion changes the element type only");
                break;
            case Reduce r:
                Require(r.Source.Rows.Matches(r.Result.Rows) && r.Result.Cols.IsOne && r.Source.Element == Element.F32, op, "a reduction makes a column of floats");
                break;
            case Transpose t:
                Require(t.Source.Rows.Matches(t.Result.Cols) && t.Source.Cols.Matches(t.Result.Rows) && (t.Source.Rows.IsOne || t.Source.Cols.IsOne), op, "only rows and columns transpose");
                break;
            case Dot d:
                Axis left = d.ATransposed ? d.A.Rows : d.A.Cols, right = d.BTransposed ? d.B.Cols : d.B.Rows;
                Require(left.Matches(right), op, "a dot contracts one axis");
                Require(d.Result.Element == Element.F32 && d.Result.Rows.Matches(d.ATransposed ? d.A.Cols : d.A.Rows) && d.Result.Cols.Matches(d.BTransposed ? d.B.Rows : d.B.Cols), op, "a dot's result is [m, n] in float");
                break;
        }

        foreach (var result in Walk.Defines(op))
            Define(result, op);
    }

    private void Loop(Op loop, string[] names)
    {
        foreach (string name in names)
            Require(_names.Add(name), loop, $"'{name}' is defined twice");
        var carried = Walk.CarriedOf(loop);
        foreach (var c in carried)
        {
            Require(SameType(c.Value, c.Initial) && SameType(c.Value, c.Next) && SameType(c.Value, c.Result), loop, $"carried '{c.Value}' changes its type");
            Define(c.Value, loop);
        }
        var outside = new HashSet<string>(_defined);
        Body(Walk.Children(loop));
        foreach (var c in carried)
            Used(c.Next, loop);
        // What a body defines does not outlive it.
        _defined.IntersectWith(outside);
        foreach (var c in carried)
        {
            _defined.Remove(c.Value.Name);
            Define(c.Result, loop);
        }
    }

    private void Define(TileValue tile, Op op)
    {
        Require(!_tiles.ContainsKey(tile.Name), op, $"'{tile}' is defined twice");
        _tiles.Add(tile.Name, tile);
        _defined.Add(tile.Name);
    }

    private void Used(TileValue tile, Op op)
    {
        Require(_defined.Contains(tile.Name), op, $"'{tile}' is used before or outside its definition");
        Require(SameType(_tiles[tile.Name], tile), op, $"'{tile}' is {_tiles[tile.Name].Type} but used as {tile.Type}");
    }

    private static void Shape(IEnumerable<ViewIndex> indices, Axis rows, Axis cols, Op op)
    {
        var blocks = indices.OfType<BlockIndex>().Select(static b => b.Axis).ToList();
        bool last = indices.Last() is BlockIndex;
        Axis r = blocks.Count == 2 || (blocks.Count == 1 && !last) ? blocks[0] : Axis.One, c = blocks.Count == 2 ? blocks[1] : blocks.Count == 1 && last ? blocks[0] : Axis.One;
        Require(r.Matches(rows) && c.Matches(cols), op, "the tile's axes are not those of its indices");
    }

    private static void Broadcast(IEnumerable<Operand> operands, TileValue result, Op op)
    {
        Require(result.Element == Element.F32, op, "arithmetic is in float");
        foreach (var tile in operands.OfType<TileOperand>().Select(static o => o.Tile))
        {
            Require(tile.Element == Element.F32, op, $"'{tile}' is {tile.Element}: convert it first");
            Require((tile.Rows.IsOne || tile.Rows.Matches(result.Rows)) && (tile.Cols.IsOne || tile.Cols.Matches(result.Cols)), op, $"'{tile}' does not broadcast to {result.Type}");
        }
    }

    private static bool SameShape(TileValue a, TileValue b) => a.Rows.Matches(b.Rows) && a.Cols.Matches(b.Cols);

    private static bool SameType(TileValue a, TileValue b) => a.Element == b.Element && SameShape(a, b);

    private static void Require(bool holds, Op op, string rule)
    {
        if (!holds)
            throw new InvalidKernelException($"{rule}: {op}");
    }
}

/// <summary>KDSL0190: a pass made IR that the verifier refuses.</summary>
public sealed class InvalidKernelException(string message) : Exception(message);
