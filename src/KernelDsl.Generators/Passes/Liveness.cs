using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Passes;

/// <summary>Which tiles outlive the region that defines them, and where a tile is last used.</summary>
public static class Liveness
{
    /// <summary>Tiles defined in a region and used outside it: these must be materialised.</summary>
    public static IReadOnlyList<TileValue> Escapes(Kernel kernel, Region region)
    {
        var outside = new HashSet<string>(UsesOutside(kernel.Body, region));
        return region.Body.SelectMany(Walk.Defines).Where(t => outside.Contains(t.Name)).ToList();
    }

    /// <summary>
    /// For each operation of one body (not nested ones), the tiles of that body that no later operation of it reads: their storage is free
    /// after it. Yields of an enclosing loop count as uses after the last operation.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>> LastUses(IReadOnlyList<Op> body, IEnumerable<TileValue> liveAtEnd)
    {
        var live = new HashSet<string>(liveAtEnd.Select(static t => t.Name));
        var result = new IReadOnlyList<string>[body.Count];
        for (int i = body.Count - 1; i >= 0; i--)
        {
            var dead = Walk.AllUses(body[i]).Select(static t => t.Name).Distinct().Where(live.Add).ToList();
            result[i] = dead;
            foreach (var defined in Walk.Defines(body[i]))
                live.Remove(defined.Name);
        }
        return result;
    }

    private static IEnumerable<string> UsesOutside(IEnumerable<Op> body, Region region)
    {
        foreach (var op in body)
        {
            if (ReferenceEquals(op, region))
                continue;
            foreach (var use in Walk.Uses(op).Concat(Walk.CarriedOf(op).Select(static c => c.Next)))
                yield return use.Name;
            foreach (string use in UsesOutside(Walk.Children(op), region))
                yield return use;
        }
    }
}
