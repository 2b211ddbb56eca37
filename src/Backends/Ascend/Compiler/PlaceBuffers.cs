using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>
/// Where each tile of a legal kernel lies in UB: a linear scan by liveness. A loop's carried value, its result and, where nothing else
/// reads them meanwhile, its initial and next values share one place; an elementwise result takes the place of an operand that dies.
/// </summary>
internal sealed class PlaceBuffers
{
    private readonly Dictionary<string, Home> _homes = [];
    private readonly Dictionary<string, int> _uses = [];
    private readonly Dictionary<string, int> _lastUse = [];
    private readonly Dictionary<string, Op> _definitions = [];
    private readonly Dictionary<Op, int> _positions = new(ReferenceComparer.Instance);
    private readonly List<(int Start, HashSet<string> Used)> _loops = [];
    private int _position;

    private PlaceBuffers(Kernel kernel)
    {
        Number(kernel.Body);
        Merge(kernel.Body);
        Bytes = Allocate();
    }

    /// <summary>Bytes of all tiles together.</summary>
    public int Bytes { get; }

    /// <summary>Places the tiles of a legal kernel.</summary>
    public static PlaceBuffers Run(Kernel kernel) => new(kernel);

    /// <summary>The byte offset of a tile.</summary>
    public int OffsetOf(TileValue tile) => HomeOf(tile.Name).Offset;

    /// <summary>Whether two tiles share one place.</summary>
    public bool Share(TileValue a, TileValue b) => HomeOf(a.Name) == HomeOf(b.Name);

    // Live ranges, in positions of the operations. What a loop reads from outside lives to the loop's end.
    private void Number(IEnumerable<Op> body)
    {
        foreach (var op in body)
        {
            int at = ++_position;
            _positions[op] = at;
            foreach (var tile in Walk.Uses(op))
                Use(tile.Name, at);
            var carried = Walk.CarriedOf(op);
            if (op is not (BlockLoop or IndexLoop))
            {
                foreach (var tile in Walk.Defines(op))
                    Define(tile, at, op);
                continue;
            }
            foreach (var c in carried)
                Define(c.Value, at, op);
            _loops.Add((at, []));
            Number(Walk.Children(op));
            int end = ++_position;
            foreach (var c in carried)
                Use(c.Next.Name, end);
            var (start, used) = _loops[_loops.Count - 1];
            _loops.RemoveAt(_loops.Count - 1);
            foreach (string name in used.Where(n => _homes[n].Start < start))
                _homes[name].End = Math.Max(_homes[name].End, end);
            foreach (var c in carried)
            {
                _homes[c.Value.Name].End = end;
                Define(c.Result, end, op);
            }
        }
    }

    private void Define(TileValue tile, int at, Op op)
    {
        _homes.Add(tile.Name, new Home { Start = at, End = at, Bytes = Shape.Of(tile).Bytes });
        _definitions[tile.Name] = op;
        _lastUse[tile.Name] = at;
    }

    private void Use(string name, int at)
    {
        _homes[name].End = Math.Max(_homes[name].End, at);
        _lastUse[name] = at;
        _uses[name] = _uses.TryGetValue(name, out int n) ? n + 1 : 1;
        foreach (var (_, used) in _loops)
            used.Add(name);
    }

    private void Merge(IReadOnlyCollection<Op> body)
    {
        foreach (var op in body)
        {
            var inner = Walk.Children(op).ToList();
            foreach (var c in Walk.CarriedOf(op))
            {
                Join(c.Value.Name, c.Result.Name);
                if (_uses[c.Initial.Name] == 1 && body.Contains(_definitions[c.Initial.Name]))
                    Join(c.Initial.Name, c.Value.Name);
                if (_uses[c.Next.Name] >= 1 && Walk.CarriedOf(op).Count(o => o.Next.Name == c.Next.Name) == 1 && CanReplace(c, inner))
                    Join(c.Value.Name, c.Next.Name);
            }
            Merge(inner);
            if (op is Elementwise or Ir.Convert && InPlace(op))
                TakeOver(op);
        }
    }

    // Next may be computed into Value's place when Value is not read afterwards, nor by an operation that reads it while it writes.
    private bool CanReplace(Carried c, List<Op> inner)
    {
        if (!inner.Contains(_definitions[c.Next.Name]) || c.Next.Name == c.Value.Name)
            return false;
        var definition = _definitions[c.Next.Name];
        if (definition is BlockLoop or IndexLoop)
            return false;
        int at = _positions[definition], last = _lastUse[c.Value.Name];
        return last < at || (last == at && InPlace(definition));
    }

    private void TakeOver(Op op)
    {
        var result = Walk.Defines(op).Single();
        int at = _positions[op];
        if (HomeOf(result.Name).Start != at)
            return;
        foreach (var operand in Walk.Uses(op))
            if (Shape.Of(operand) == Shape.Of(result) && HomeOf(operand.Name).End == at && HomeOf(operand.Name) != HomeOf(result.Name))
            {
                Join(operand.Name, result.Name);
                return;
            }
    }

    /// <summary>Whether the operation's device function may write the place of an operand of the same shape.</summary>
    private static bool InPlace(Op op) => op is Ir.Convert or Elementwise { Function: not Function.Silu };

    private void Join(string a, string b)
    {
        Home x = HomeOf(a), y = HomeOf(b);
        if (x == y)
            return;
        x.Start = Math.Min(x.Start, y.Start);
        x.End = Math.Max(x.End, y.End);
        y.Into = x;
    }

    private Home HomeOf(string name)
    {
        var home = _homes[name];
        while (home.Into is { } next)
            home = next;
        return home;
    }

    private int Allocate()
    {
        var placed = new List<Home>();
        int total = 0;
        foreach (var home in _homes.Keys.Select(HomeOf).Distinct().OrderBy(static h => h.Start).ThenByDescending(static h => h.Bytes))
        {
            int offset = 0;
            foreach (var other in placed.Where(o => o.End >= home.Start && o.Start <= home.End).OrderBy(static o => o.Offset))
                if (offset + home.Bytes > other.Offset && offset < other.Offset + other.Bytes)
                    offset = other.Offset + other.Bytes;
            home.Offset = offset;
            placed.Add(home);
            total = Math.Max(total, offset + home.Bytes);
        }
        return total;
    }

    private sealed class Home
    {
        public int Start, End, Bytes, Offset;
        public Home? Into;
    }

    // Records compare by value; positions are those of an operation in its place.
    private sealed class ReferenceComparer : IEqualityComparer<Op>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(Op x, Op y) => ReferenceEquals(x, y);

        public int GetHashCode(Op op) => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(op);
    }
}
