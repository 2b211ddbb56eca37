using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>What is known of a kernel's tiles before they are scheduled: definitions, uses, and which need no storage of their own.</summary>
internal sealed class Values
{
    // WeightFormat.LongestPacked; the steps of an AMX tile divide it as well.
    private const int LongestGroup = 128;

    private readonly Dictionary<string, Op> _definitions = [];
    private readonly Dictionary<string, List<Op>> _uses = [];
    private readonly HashSet<string> _operands = [];
    private readonly HashSet<string> _writtenViews;
    private readonly Dictionary<string, Scalar> _lets = [];
    private readonly Dictionary<string, BlockLoop> _blocks = [];

    public Values(Kernel kernel)
    {
        Kernel = kernel;
        _writtenViews = [.. kernel.Parameters.Where(static p => p.Writes).Select(static p => p.Name)];
        foreach (var op in Walk.All(kernel.Body))
        {
            foreach (var tile in Walk.Defines(op))
                _definitions[tile.Name] = op;
            if (op is Let let)
                _lets[let.Name] = let.Value;
            if (op is BlockLoop loop)
                _blocks[loop.Axis.Id!] = loop;
        }

        foreach (var op in Walk.All(kernel.Body))
        {
            foreach (var tile in Walk.Uses(op).Concat(Walk.CarriedOf(op).Select(static c => c.Next)))
                UsesOf(tile.Name).Add(op);
            if (op is Dot dot)
            {
                if (DirectRows(dot) is null)
                    _operands.Add(Resolve(dot.A).Name);
                if (DirectPanels(dot) is null)
                    _operands.Add(Resolve(dot.B).Name);
            }
        }

        foreach (var op in Walk.All(kernel.Body))
            if (op is Elementwise { Function: Function.Add } add && DotOf(add) is { } pair)
                Accumulated[pair.Dot.Result.Name] = add;
    }

    public Kernel Kernel { get; }

    /// <summary>Dots whose only use is an addition, by result name: they add in place.</summary>
    public Dictionary<string, Elementwise> Accumulated { get; } = [];

    /// <summary>The tile that holds the value: widening is exact and a transposed row or column is the same vector.</summary>
    public TileValue Resolve(TileValue tile)
    {
        while (_definitions.TryGetValue(tile.Name, out var op) && AliasOf(op) is { } source)
            tile = source;
        return tile;
    }

    /// <summary>The operation that defines a tile; null for a loop's carried value.</summary>
    public Op? Definition(TileValue tile) => _definitions.TryGetValue(tile.Name, out var op) ? op : null;

    /// <summary>Operations that read a tile under any of its aliases; a loop counts for its initial values and its yields.</summary>
    public List<Op> UsesThroughAliases(TileValue tile)
    {
        var result = new List<Op>();
        foreach (var use in UsesOf(tile.Name))
        {
            if (AliasOf(use) is not null)
                result.AddRange(UsesThroughAliases(Walk.Defines(use).First()));
            else
                result.Add(use);
        }

        return result;
    }

    /// <summary>Whether an operation only renames its source.</summary>
    public static bool IsAlias(Op op) => AliasOf(op) is not null;

    /// <summary>Whether a tile is computed wherever it is read: constants, and loads from views that the kernel never writes.</summary>
    public bool IsInline(TileValue tile) => Definition(tile) switch
    {
        Fill => true,
        Load load => !_writtenViews.Contains(load.View) && !_operands.Contains(tile.Name),
        _ => false,
    };

    /// <summary>The view that a dot's B operand reads in place, in panels; null when B must be packed.</summary>
    public Load? DirectPanels(Dot dot)
    {
        if (Definition(Resolve(dot.B)) is not Load load || _writtenViews.Contains(load.View))
            return null;
        var blocks = load.Indices.OfType<BlockIndex>().ToList();
        if (blocks.Count != 2)
            return null;
        bool fits = Kernel.ParameterOf(load.View) switch
        {
            { Kind: ParameterKind.Weight, Element: Element.BF16 } => dot.BTransposed && Starts(16, LongestGroup),
            { Kind: ParameterKind.Paged, Element: Element.BF16 } => load.Indices[1] is BlockIndex && load.Indices[3] is BlockIndex
                && (dot.BTransposed ? Starts(16, 2) : Starts(2, 16)),
            _ => false,
        };
        return fits ? load : null;

        bool Starts(int rows, int cols) => MultipleOf(blocks[0].Start) % rows == 0 && MultipleOf(blocks[1].Start) % cols == 0;
    }

    /// <summary>The view that a dot's A operand reads in place, by rows, where B is a weight: the launcher may prepare it for all programs at once.</summary>
    public Load? DirectRows(Dot dot) =>
        !dot.ATransposed
        && DirectPanels(dot) is { } panels && Kernel.ParameterOf(panels.View).Kind == ParameterKind.Weight
        && Definition(Resolve(dot.A)) is Load load && !_writtenViews.Contains(load.View)
        && Kernel.ParameterOf(load.View) is { Element: Element.BF16, Kind: ParameterKind.In or ParameterKind.InOut, Rank: 2 }
        && load.Indices[0] is BlockIndex && load.Indices[1] is BlockIndex columns && MultipleOf(columns.Start) % 32 == 0 ? load : null;

    /// <summary>The product and the addend of an addition that only adds a dot to a tile of its shape.</summary>
    public (Dot Dot, TileValue Addend)? DotOf(Elementwise add)
    {
        for (int i = 0; i < 2; i++)
        {
            if (add.Operands[i] is TileOperand product && add.Operands[1 - i] is TileOperand addend
                && Definition(product.Tile) is Dot dot && UsesOf(dot.Result.Name).Count == 1
                && addend.Tile.Element == Element.F32 && !addend.Tile.Equals(product.Tile)
                && Shapes.Of(addend.Tile) == Shapes.Of(dot.Result) && Shapes.Of(add.Result) == Shapes.Of(dot.Result))
                return (dot, addend.Tile);
        }

        return null;
    }

    /// <summary>A uniform value with the names of lets replaced by what they name.</summary>
    public Scalar Expand(Scalar scalar) => scalar switch
    {
        ScalarName name when _lets.TryGetValue(name.Name, out var value) => Expand(value),
        ScalarBinary b => b with { A = Expand(b.A), B = Expand(b.B) },
        ScalarSelect s => s with { Condition = Expand(s.Condition), A = Expand(s.A), B = Expand(s.B) },
        ScalarToFloat f => f with { Value = Expand(f.Value) },
        _ => scalar,
    };

    /// <summary>A number that certainly divides the value; 0 when the value is 0.</summary>
    public int MultipleOf(Scalar scalar) => Expand(scalar) switch
    {
        IntConst c => Math.Abs(c.Value),
        ScalarBinary { Op: ScalarOp.Mul } m => MultipleOf(m.A) * MultipleOf(m.B),
        ScalarBinary { Op: ScalarOp.Add or ScalarOp.Sub or ScalarOp.Min or ScalarOp.Max } b => Gcd(MultipleOf(b.A), MultipleOf(b.B)),
        ScalarSelect s => Gcd(MultipleOf(s.A), MultipleOf(s.B)),
        ScalarName n when n.Name.EndsWith(".start", StringComparison.Ordinal) && _blocks.TryGetValue(n.Name.Substring(0, n.Name.Length - 6), out var loop)
            => Gcd(MultipleOf(loop.From), loop.Axis.Length),
        _ => 1,
    };

    private static int Gcd(int a, int b)
    {
        while (b != 0)
            (a, b) = (b, a % b);
        return a;
    }

    private List<Op> UsesOf(string name)
    {
        if (!_uses.TryGetValue(name, out var list))
            _uses[name] = list = [];
        return list;
    }

    private static TileValue? AliasOf(Op op) => op switch
    {
        Transpose t => t.Source,
        Ir.Convert { Result.Element: Element.F32, Source.Element: Element.BF16 or Element.F16 or Element.F32 } c => c.Source,
        Reduce { Reduction: not Reduction.ArgMax, Source.Cols.IsOne: true } r => r.Source,
        _ => null,
    };
}
