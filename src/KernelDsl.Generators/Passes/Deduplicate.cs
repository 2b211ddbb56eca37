using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Passes;

/// <summary>
/// One computation for equal operations: lets, loads, fills, elementwise operations, conversions, reductions, selects and transposes.
/// A store makes loads of its view stale; a loop that stores to a view makes loads of it stale inside and after.
/// </summary>
public static class Deduplicate
{
    /// <summary>The kernel without repeated work.</summary>
    public static Kernel Run(Kernel kernel) => kernel with { Body = new Deduplicator().Body(kernel.Body) };

    private sealed class Deduplicator : Rewriter
    {
        private readonly Dictionary<string, TileValue> _tiles = [];
        private readonly Dictionary<string, Scalar> _names = [];
        private Dictionary<Op, Op> _known = [];

        public override TileValue Tile(TileValue tile) => _tiles.TryGetValue(tile.Name, out var first) ? first : base.Tile(tile);

        public override Scalar Scalar(Scalar scalar) =>
            scalar is ScalarName n && _names.TryGetValue(n.Name, out var first) ? first : base.Scalar(scalar);

        public override IEnumerable<Op> Rewrite(Op op)
        {
            if (op is BlockLoop or IndexLoop)
            {
                var written = Walk.All(Walk.Children(op)).OfType<Store>().Select(static s => s.View).ToList();
                foreach (string view in written)
                    Forget(view);
                var outer = new Dictionary<Op, Op>(_known);
                var copy = Copy(op);
                _known = outer;
                return [copy];
            }

            op = Copy(op);
            if (op is Store store)
            {
                Forget(store.View);
                return [op];
            }

            if (Anonymous(op) is not { } key)
                return [op];
            if (!_known.TryGetValue(key, out var first))
            {
                _known[key] = op;
                return [op];
            }

            if (op is Let let)
                _names[let.Name] = new ScalarName(((Let)first).Name, let.Value.IsFloat);
            else
                _tiles[Walk.Defines(op).Single().Name] = Walk.Defines(first).Single();
            return [];
        }

        private void Forget(string view)
        {
            foreach (var stale in _known.Keys.Where(k => (k is Load l && l.View == view) || Walk.Scalars(k).Any(s => Reads(s, view))).ToList())
                _known.Remove(stale);
        }

        private static bool Reads(Scalar scalar, string view) => scalar switch
        {
            ScalarRead r => r.View == view || r.Indices.Any(i => Reads(i, view)),
            ScalarBinary b => Reads(b.A, view) || Reads(b.B, view),
            ScalarSelect s => Reads(s.Condition, view) || Reads(s.A, view) || Reads(s.B, view),
            ScalarToFloat f => Reads(f.Value, view),
            _ => false,
        };

        /// <summary>The operation without its result's name: what equal work has in common.</summary>
        private static Op? Anonymous(Op op) => op switch
        {
            Let l => l with { Name = "" },
            Load l => l with { Result = Blank(l.Result) },
            Fill f => f with { Result = Blank(f.Result) },
            Elementwise e => e with { Result = Blank(e.Result) },
            Ir.Convert c => c with { Result = Blank(c.Result) },
            Reduce r => r with { Result = Blank(r.Result) },
            Select s => s with { Result = Blank(s.Result) },
            Transpose t => t with { Result = Blank(t.Result) },
            _ => null,
        };

        private static TileValue Blank(TileValue tile) => tile with { Name = "" };
    }
}
