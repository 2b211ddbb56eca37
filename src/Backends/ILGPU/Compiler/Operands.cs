using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>A tile in shared memory: rows x cols as the IR has them, rows Pitch elements apart so that a column of them hits different banks.</summary>
internal sealed record SharedTile(string Name, TileValue Tile)
{
    public int Pitch => Tile.Cols.Length == 1 || Tile.Rows.Length == 1 ? Tile.Cols.Length : Tile.Cols.Length + (Tile.Element == Element.BF16 ? 2 : 1);

    public int Elements => Tile.Rows.Length * Pitch;

    public int Bytes => Elements * (Tile.Element == Element.BF16 ? 2 : 4);

    public string Type => DeviceType.Storage(Tile.Element);
}

/// <summary>
/// What passes through shared memory in a kernel: both operands of every Dot, and the source of every Transpose. A loaded tile that only
/// Dots read goes there straight from global memory; any other is written from registers just before the Dot.
/// </summary>
internal sealed class Operands
{
    private readonly Dictionary<string, SharedTile> _shared = [];
    private readonly HashSet<string> _direct = [];
    private readonly Dictionary<string, Elementwise> _sums = [];
    private readonly HashSet<string> _inPlace = [];

    public Operands(IReadOnlyList<Op> body)
    {
        var ops = Walk.All(body).ToList();
        var uses = ops.SelectMany(static o => Walk.Uses(o).Concat(Walk.CarriedOf(o).Select(static c => c.Next))).GroupBy(static t => t.Name)
            .ToDictionary(static g => g.Key, static g => g.Count());
        foreach (var op in ops)
            foreach (var tile in op switch { Dot d => [d.A, d.B], Transpose t => [t.Source], _ => Array.Empty<TileValue>() })
                if (!_shared.ContainsKey(tile.Name))
                    _shared.Add(tile.Name, new SharedTile($"shared_{Identifier.Of(tile.Name)}", tile));

        var dotUses = ops.OfType<Dot>().SelectMany(static d => new[] { d.A.Name, d.B.Name }).GroupBy(static n => n).ToDictionary(static g => g.Key, static g => g.Count());
        foreach (var load in ops.OfType<Load>())
            if (dotUses.TryGetValue(load.Result.Name, out int count) && count == uses[load.Result.Name])
                _direct.Add(load.Result.Name);

        FindSums(body, uses, []);
        foreach (var c in ops.SelectMany(Walk.CarriedOf))
            if (uses.TryGetValue(c.Value.Name, out int count) && count == 1 && _sums.Any(s => s.Value.Result.Name == c.Next.Name && s.Value.Operands.OfType<TileOperand>().Any(o => o.Tile.Name == c.Value.Name)))
                _inPlace.Add(c.Next.Name);
    }

    /// <summary>Every tile that has a place in shared memory.</summary>
    public IEnumerable<SharedTile> Shared => _shared.Values;

    /// <summary>The place of a Dot's operand or a Transpose's source.</summary>
    public SharedTile PlaceOf(TileValue tile) => _shared[tile.Name];

    /// <summary>Whether a load's result goes to shared memory and never to registers.</summary>
    public bool IsDirect(TileValue loaded) => _direct.Contains(loaded.Name);

    /// <summary>The addition x + Dot that the Dot performs by starting from x, so that the contraction is one sum whatever the block size.</summary>
    public Elementwise? SumOf(Dot dot) => _sums.TryGetValue(dot.Result.Name, out var sum) ? sum : null;

    /// <summary>Whether such a sum replaces the loop-carried value that it adds to, and so can share its registers.</summary>
    public bool IsInPlace(Elementwise sum) => _inPlace.Contains(sum.Result.Name);

    /// <summary>Whether an operation is done by a Dot (see <see cref="SumOf"/>).</summary>
    public bool IsAbsorbed(Op op) => op is Elementwise e && _sums.Values.Any(s => s.Result.Name == e.Result.Name);

    /// <summary>What the absorbed addition adds to its Dot.</summary>
    public static TileValue AddendOf(Elementwise sum, Dot dot) =>
        sum.Operands.OfType<TileOperand>().Select(static o => o.Tile).First(t => t.Name != dot.Result.Name);

    private void FindSums(IReadOnlyList<Op> body, Dictionary<string, int> uses, HashSet<string> outer)
    {
        var defined = new HashSet<string>(outer);
        foreach (var op in body)
        {
            if (op is BlockLoop or IndexLoop)
                FindSums(Walk.Children(op).ToList(), uses, new HashSet<string>(defined.Concat(Walk.CarriedOf(op).Select(static c => c.Value.Name))));
            if (op is Dot dot && uses.TryGetValue(dot.Result.Name, out int count) && count == 1
                && body.OfType<Elementwise>().FirstOrDefault(e => IsSum(e, dot)) is { } sum && defined.Contains(AddendOf(sum, dot).Name))
                _sums.Add(dot.Result.Name, sum);
            foreach (var tile in Walk.Defines(op))
                defined.Add(tile.Name);
        }
    }

    private static bool IsSum(Elementwise e, Dot dot)
    {
        if (e.Function != Function.Add || e.Operands.OfType<TileOperand>().Select(static o => o.Tile).ToList() is not { Count: 2 } tiles) return false;
        if (tiles.Count(t => t.Name == dot.Result.Name) != 1) return false;
        var addend = AddendOf(e, dot);
        return addend.Element == Element.F32 && addend.Rows.Length == dot.Result.Rows.Length && addend.Cols.Length == dot.Result.Cols.Length;
    }
}

/// <summary>C# types of elements in device code.</summary>
internal static class DeviceType
{
    /// <summary>In memory.</summary>
    public static string Storage(Element element) => element switch { Element.BF16 => "ushort", Element.I32 => "int", _ => "float" };

    /// <summary>In registers: bf16 is held as a float that it represents exactly.</summary>
    public static string Register(Element element) => element == Element.I32 ? "int" : "float";
}

/// <summary>C# identifiers from IR names.</summary>
internal static class Identifier
{
    public static string Of(string name) => new(name.Select(static c => char.IsLetterOrDigit(c) ? c : '_').ToArray());
}
