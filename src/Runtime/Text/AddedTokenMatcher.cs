using System.Buffers;

namespace KernelDsl.Runtime.Text;

/// <summary>Finds added tokens in a text: leftmost first, the longest of those that start at one place.</summary>
internal sealed class AddedTokenMatcher
{
    readonly Dictionary<char, AddedToken[]> _byFirst;
    readonly SearchValues<char> _first;

    public AddedTokenMatcher(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens.GroupBy(t => t.Content[0])
            .ToDictionary(g => g.Key, g => g.OrderByDescending(t => t.Content.Length).ToArray());
        _first = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>The next occurrence at or after <paramref name="from"/>; null when there is none.</summary>
    public AddedToken? Next(ReadOnlySpan<char> text, int from, out int position)
    {
        for (position = from; position < text.Length; position++)
        {
            int skip = text[position..].IndexOfAny(_first);
            if (skip < 0) break;
            position += skip;
            foreach (var token in _byFirst[text[position]])
                if (text[position..].StartsWith(token.Content, StringComparison.Ordinal)) return token;
        }
        position = text.Length;
        return null;
    }
}
