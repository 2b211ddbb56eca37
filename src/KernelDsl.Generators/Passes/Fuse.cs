using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Passes;

/// <summary>
/// Groups elementwise work that shares one iteration space into regions: one loop nest without temporaries. Rows, columns and uniform
/// tiles join the larger space they broadcast to; a reduction closes its region for whoever reads its result.
/// Lets move in front of the region (they read no tile), everything else keeps its order.
/// </summary>
public static class Fuse
{
    /// <summary>The kernel with maximal regions.</summary>
    public static Kernel Run(Kernel kernel) => kernel with { Body = Body(kernel.Body) };

    private static EquatableArray<Op> Body(IEnumerable<Op> body)
    {
        var result = new List<Op>();
        var group = new Group();
        foreach (var op in body)
        {
            switch (op)
            {
                case Let:
                    result.Add(op);
                    continue;
                case BlockLoop loop:
                    group.Close(result);
                    result.Add(loop with { Body = Body(loop.Body) });
                    continue;
                case IndexLoop loop:
                    group.Close(result);
                    result.Add(loop with { Body = Body(loop.Body) });
                    continue;
                case Load or Store or Fill or Elementwise or Select or Ir.Convert or Reduce:
                    if (!group.TryAdd(op))
                    {
                        group.Close(result);
                        group.TryAdd(op);
                    }
                    continue;
                default:
                    group.Close(result);
                    result.Add(op);
                    continue;
            }
        }
        group.Close(result);
        return result.ToEquatable();
    }

    /// <summary>The iteration space of an operation: of its result, of what it reduces, or of where it stores.</summary>
    private static (Axis Rows, Axis Cols) SpaceOf(Op op) => op switch
    {
        Reduce r => (r.Source.Rows, r.Source.Cols),
        Store s => StoreSpace(s),
        _ => Walk.Defines(op).Single() is var t ? (t.Rows, t.Cols) : default,
    };

    private static (Axis Rows, Axis Cols) StoreSpace(Store store)
    {
        var blocks = store.Indices.OfType<BlockIndex>().Select(static b => b.Axis).ToList();
        bool last = store.Indices[store.Indices.Count - 1] is BlockIndex;
        return blocks.Count switch
        {
            0 => (Axis.One, Axis.One),
            1 => last ? (Axis.One, blocks[0]) : (blocks[0], Axis.One),
            _ => (blocks[0], blocks[1]),
        };
    }

    private sealed class Group
    {
        private readonly List<Op> _ops = [];
        private readonly HashSet<string> _reduced = [];
        private readonly HashSet<string> _stored = [];
        private Axis _rows = Axis.One, _cols = Axis.One;

        public bool TryAdd(Op op)
        {
            var (rows, cols) = SpaceOf(op);
            if (_ops.Count > 0)
            {
                // A reduction's result exists only after the loop nest; a store is seen by loads after it.
                if (Walk.Uses(op).Any(t => _reduced.Contains(t.Name)) || (op is Load load && _stored.Contains(load.View)))
                    return false;
                // A smaller operation joins if the larger space may run it per element; a reduction or store must own the whole space.
                if (!Fits(rows, _rows) || !Fits(cols, _cols))
                    return false;
                bool grows = (_rows.IsOne && !rows.IsOne) || (_cols.IsOne && !cols.IsOne);
                bool shrinks = (rows.IsOne && !_rows.IsOne) || (cols.IsOne && !_cols.IsOne);
                if ((grows && _ops.Any(static o => o is Reduce or Store)) || (shrinks && op is Reduce or Store))
                    return false;
            }
            _rows = _rows.IsOne ? rows : _rows;
            _cols = _cols.IsOne ? cols : _cols;
            _ops.Add(op);
            if (op is Reduce r)
                _reduced.Add(r.Result.Name);
            if (op is Store s)
                _stored.Add(s.View);
            return true;
        }

        public void Close(List<Op> result)
        {
            if (_ops.Count > 0)
                result.Add(new Region(_rows, _cols, _ops.ToEquatable()));
            _ops.Clear();
            _reduced.Clear();
            _stored.Clear();
            (_rows, _cols) = (Axis.One, Axis.One);
        }

        private static bool Fits(Axis a, Axis b) => a.IsOne || b.IsOne || a.Matches(b);
    }
}
