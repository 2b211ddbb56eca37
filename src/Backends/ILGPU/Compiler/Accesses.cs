using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>The map from a view's elements to threads that an access as a tile in a layout implies.</summary>
internal sealed record Owner(EquatableArray<ViewIndex> Indices, int Width)
{
    /// <summary>The owner of an access; null when several threads hold an element.</summary>
    public static Owner? Of(EquatableArray<ViewIndex> indices, Layout layout, Axis rows, Axis cols) =>
        layout.Replicates(rows, cols) ? null : new Owner(indices, layout.Width);
}

/// <summary>
/// One access to a view or a shared tile. Two accesses with the same non-null owner touch an element from the same thread, so they need no
/// barrier between them.
/// </summary>
internal sealed record Access(string Resource, bool Writes, Owner? Owner);

/// <summary>What the group has touched since its last barrier, and so where the next one must stand.</summary>
internal sealed class Accesses
{
    private HashSet<Access> _pending = [];

    /// <summary>Whether anything was touched.</summary>
    public bool Any => _pending.Count > 0;

    /// <summary>Whether the access may meet an earlier one by another thread, one of them writing.</summary>
    public bool Conflicts(Access access) => _pending.Any(p =>
        p.Resource == access.Resource && (p.Writes || access.Writes) && (p.Owner is null || p.Owner != access.Owner));

    public void Add(Access access) => _pending.Add(access);

    public void Barrier() => _pending.Clear();

    public Accesses Copy() => new() { _pending = [.. _pending] };

    /// <summary>Adds what another path of control may have left pending.</summary>
    public void Merge(Accesses other) => _pending.UnionWith(other._pending);

    /// <summary>Forgets owners that mean something else from here on.</summary>
    public void Disown(Func<Owner, bool> stale) =>
        _pending = [.. _pending.Select(p => p.Owner is { } owner && stale(owner) ? p with { Owner = null } : p)];
}

/// <summary>Which owners a loop invalidates: at its back edge, those whose blocks do not advance with it; at its exit, all that mention it.</summary>
internal sealed class LoopOwners
{
    private readonly HashSet<string> _variant = [];
    private readonly string? _start;
    private readonly int _length;

    public LoopOwners(Op loop)
    {
        (_start, _length) = loop is BlockLoop own ? ($"{own.Axis.Id}.start", own.Axis.Length) : (null, 0);
        foreach (var op in Walk.All([loop]))
            _variant.UnionWith(op switch
            {
                BlockLoop b => [$"{b.Axis.Id}.start", $"{b.Axis.Id}.live"],
                IndexLoop i => [i.Name],
                Let l => [l.Name],
                _ => Array.Empty<string>(),
            });
    }

    /// <summary>
    /// Whether an element may change threads between iterations. It does not when a block starts at the same place each time, or at the loop's
    /// own block plus a constant: then iterations touch disjoint elements. A uniform index never moves an element to another thread.
    /// </summary>
    public bool Moves(Owner owner) => owner.Indices.OfType<BlockIndex>().Any(b => !IsInvariant(b.Start) && !(b.Axis.Length == _length && Advances(b.Start)));

    /// <summary>Whether the owner is worded in terms of the loop.</summary>
    public bool Mentions(Owner owner) => owner.Indices.Any(i => !IsInvariant(i switch { BlockIndex b => b.Start, ScalarIndex s => s.Value, _ => 0 }));

    private bool Advances(Scalar start) => start switch
    {
        ScalarName n => n.Name == _start,
        ScalarBinary { Op: ScalarOp.Add } b => (Advances(b.A) && IsInvariant(b.B)) || (IsInvariant(b.A) && Advances(b.B)),
        _ => false,
    };

    private bool IsInvariant(Scalar scalar) => !Walk.Names(scalar).Any(_variant.Contains);
}
