using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>
/// Which accesses to global memory need an order that queues do not give. A load must wait for stores of the same view before it, a store for
/// stores of the same view; a store after a load is ordered by the vector instruction between them. Accesses of a loop that all move with the
/// loop's block are disjoint from one round to the next.
/// </summary>
internal sealed class MemoryOrder
{
    private readonly HashSet<string> _stored = [];

    /// <summary>Whether a load of the view must wait for stores; if so, all stores so far are waited for.</summary>
    public bool BeforeLoad(string view)
    {
        bool wait = _stored.Contains(view);
        if (wait)
            _stored.Clear();
        return wait;
    }

    /// <summary>Whether a store of the view must wait for stores; from now on the view is stored.</summary>
    public bool BeforeStore(string view) => !_stored.Add(view);

    /// <summary>Whether a loop must wait for stores before it, because it loads what was stored; inside, stores of earlier rounds are pending unless disjoint.</summary>
    public bool EnterLoop(Op loop)
    {
        var inner = Walk.All(Walk.Children(loop)).ToList();
        bool wait = inner.OfType<Load>().Any(l => _stored.Contains(l.View));
        if (wait)
            _stored.Clear();
        foreach (string view in inner.OfType<Store>().Select(static s => s.View).Distinct())
            if (!IsDisjoint(loop, view, inner))
                _stored.Add(view);
        return wait;
    }

    private static bool IsDisjoint(Op loop, string view, List<Op> inner)
    {
        if (loop is not BlockLoop { Axis.Id: { } id })
            return false;
        var accesses = inner.Select(op => op switch { Load l when l.View == view => l.Indices, Store s when s.View == view => s.Indices, _ => default }).Where(static i => i.Count > 0).ToList();
        return accesses.All(a => a == accesses[0]) && accesses[0].Any(i => i is BlockIndex b && b.Axis.Id == id && b.Start == new ScalarName(id + ".start"));
    }
}
