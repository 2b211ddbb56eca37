namespace Kdsl.Configuration;

/// <summary>What somebody who mistyped a name meant.</summary>
static class NearestName
{
    /// <summary>The name with the fewest edits (Levenshtein's, and neighbours swapped), whatever its case; null where a third of the text or more would change.</summary>
    public static string? Of(string text, IEnumerable<string> names)
    {
        if (text.Length > 64) return null;
        var (name, edits) = names.Select(n => (Name: n, Edits: Distance(text, n))).DefaultIfEmpty((Name: "", Edits: int.MaxValue)).MinBy(static n => n.Edits);
        return edits <= Math.Max(1, text.Length / 3) ? name : null;
    }

    static int Distance(string a, string b)
    {
        var edits = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }
                int least = Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1;
                least = Math.Min(least, edits[i - 1, j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1));
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1])) least = Math.Min(least, edits[i - 2, j - 2] + 1);
                edits[i, j] = least;
            }
        }
        return edits[a.Length, b.Length];
    }

    static bool Same(char a, char b) => char.ToUpperInvariant(a) == char.ToUpperInvariant(b);
}
