namespace Kdsl.Configuration;

/// <summary>What somebody who mistyped a name meant.</summary>
static class NearestName
{
    /// <summary>The name with the fewest edits (Levenshtein), whatever its case; null where a third of the text or more would change.</summary>
    public static string? Of(string text, IEnumerable<string> names)
    {
        if (text.Length > 64) return null;
        var (name, edits) = names.Select(n => (Name: n, Edits: Distance(text, n))).DefaultIfEmpty((Name: "", Edits: int.MaxValue)).MinBy(static n => n.Edits);
        return edits <= Math.Max(1, text.Length / 3) ? name : null;
    }

    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[b.Length];
    }
}
