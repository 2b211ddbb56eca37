namespace KernelDsl.Runtime.Grammar.Characters;

/// <summary>Splits the characters into classes that none of some sets tells apart.</summary>
static class Alphabet
{
    /// <summary>The classes, and for each set the classes it is made of. Characters in no set are in no class.</summary>
    public static (CharSet[] Classes, int[][] Members) Of(IReadOnlyList<CharSet> sets)
    {
        var cuts = new SortedSet<int>();
        foreach (var set in sets)
        {
            foreach (var (low, high) in set.Ranges)
            {
                cuts.Add(low);
                cuts.Add(high + 1);
            }
        }

        // Between two cuts no set begins or ends; pieces in the same sets are one class.
        var positions = new int[sets.Count];
        var pieces = new Dictionary<string, List<(int, int)>>();
        int[] edges = [.. cuts];
        var signature = new List<char>();
        for (var i = 0; i + 1 < edges.Length; i++)
        {
            signature.Clear();
            for (var s = 0; s < sets.Count; s++)
            {
                var ranges = sets[s].Ranges;
                while (positions[s] < ranges.Length && ranges[positions[s]].High < edges[i])
                    positions[s]++;
                if (positions[s] < ranges.Length && ranges[positions[s]].Low <= edges[i])
                    signature.Add((char)s);
            }

            if (signature.Count == 0)
                continue;
            var key = string.Concat(signature);
            if (!pieces.TryGetValue(key, out var list))
                pieces.Add(key, list = []);
            list.Add((edges[i], edges[i + 1] - 1));
        }

        var members = sets.Select(_ => new List<int>()).ToArray();
        var classes = new List<CharSet>();
        foreach (var (key, ranges) in pieces)
        {
            foreach (var s in key)
                members[s].Add(classes.Count);
            classes.Add(CharSet.Of(ranges));
        }

        return ([.. classes], [.. members.Select(m => m.ToArray())]);
    }
}
