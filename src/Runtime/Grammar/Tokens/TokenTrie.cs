namespace KernelDsl.Runtime.Grammar.Tokens;

/// <summary>The bytes of a vocabulary as a tree in depth-first order, so that a walk goes through arrays from front to back. Immutable.</summary>
public sealed class TokenTrie
{
    readonly byte[] _bytes;
    readonly byte[] _depths;
    readonly int[] _afters;
    readonly int[] _tokens;
    readonly int[] _same;
    readonly byte[][] _texts;

    /// <param name="texts">The bytes of each token; empty: never allowed (tokens without text, marks, padding). Longer than 255: never allowed.</param>
    public TokenTrie(IReadOnlyList<byte[]> texts)
    {
        _texts = [.. texts];
        _same = new int[_texts.Length];
        int[] order = [.. Enumerable.Range(0, _texts.Length).Where(id => _texts[id].Length is > 0 and < 256)];
        Array.Sort(order, (a, b) => _texts[a].AsSpan().SequenceCompareTo(_texts[b]) is var c && c != 0 ? c : b - a);

        List<byte> bytes = [0], depths = [0];
        List<int> tokens = [-1], afters = [0];
        var path = new List<int> { 0 };
        ReadOnlySpan<byte> last = default;
        foreach (var id in order)
        {
            ReadOnlySpan<byte> text = _texts[id];
            var common = last.CommonPrefixLength(text);
            Close(path, common, afters);
            for (var depth = common; depth < text.Length; depth++)
            {
                path.Add(bytes.Count);
                bytes.Add(text[depth]);
                depths.Add((byte)(depth + 1));
                tokens.Add(-1);
                afters.Add(0);
            }

            // Tokens of the same bytes are a list through the lowest.
            _same[id] = tokens[path[^1]];
            tokens[path[^1]] = id;
            last = text;
            MaxLength = Math.Max(MaxLength, text.Length);
        }

        Close(path, 0, afters);
        afters[0] = bytes.Count;
        (_bytes, _depths, _afters, _tokens) = ([.. bytes], [.. depths], [.. afters], [.. tokens]);
    }

    /// <summary>The root of the tree.</summary>
    public const int Root = 0;

    /// <summary>Ids, those that are never allowed included.</summary>
    public int Count => _texts.Length;

    /// <summary>Words of a bit set over the ids.</summary>
    public int Words => (_texts.Length + 63) / 64;

    /// <summary>Bytes of the longest token that is ever allowed.</summary>
    public int MaxLength { get; }

    /// <summary>The bytes of a token.</summary>
    public ReadOnlySpan<byte> Text(int id) => _texts[id];

    /// <summary>The last byte of the text that ends at a node.</summary>
    internal byte Byte(int node) => _bytes[node];

    /// <summary>Bytes of the text that ends at a node.</summary>
    internal int Depth(int node) => _depths[node];

    /// <summary>The first node that is not below a node.</summary>
    internal int After(int node) => _afters[node];

    /// <summary>Sets the bits of the tokens that end at a node.</summary>
    internal void Mark(int node, ulong[] bits)
    {
        for (var id = _tokens[node]; id >= 0; id = _same[id])
            bits[id >> 6] |= 1UL << (id & 63);
    }

    static void Close(List<int> path, int depth, List<int> afters)
    {
        for (; path.Count > depth + 1; path.RemoveAt(path.Count - 1))
            afters[path[^1]] = afters.Count;
    }
}
