using System.Runtime.InteropServices;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Which full pages hold which tokens after which: a tree of pages, looked up by the parent and the page's own tokens. What a page holds
/// depends on the tokens up to its end alone, bit for bit, so a sequence that begins with the same ones may read it. Tokens are compared, not
/// only hashed. A node's number is never used again: children of a page that was dropped cannot be found, and are dropped in their turn.
/// </summary>
sealed class PrefixCache
{
    /// <summary>The node of no tokens.</summary>
    public const long Root = 0;

    readonly int _pageSize;
    readonly int[] _tokens;
    readonly long[] _nodes;
    readonly (long Parent, ulong Hash)[] _keys;
    readonly Dictionary<(long Parent, ulong Hash), int> _pages = [];
    long _lastNode;

    /// <param name="pages">Pages in the pool.</param>
    /// <param name="pageSize">Positions per page.</param>
    public PrefixCache(int pages, int pageSize)
    {
        _pageSize = pageSize;
        _tokens = new int[pages * pageSize];
        _nodes = new long[pages];
        _keys = new (long, ulong)[pages];
    }

    /// <summary>The page is in the tree.</summary>
    public bool Holds(int page) => _nodes[page] != Root;

    /// <summary>The node of a page that is in the tree.</summary>
    public long NodeOf(int page) => _nodes[page];

    /// <summary>The page that holds these tokens, one page of them, behind a node; -1 when none does.</summary>
    public int Find(long parent, ReadOnlySpan<int> tokens) =>
        _pages.TryGetValue((parent, Hash(tokens)), out var page) && tokens.SequenceEqual(TokensOf(page)) ? page : -1;

    /// <summary>Adds a full page behind a node; gives the node of these tokens, which may be that of another page that has them already.</summary>
    public long Add(long parent, int page, ReadOnlySpan<int> tokens)
    {
        var key = (parent, Hash(tokens));
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_pages, key, out var known);
        if (known && tokens.SequenceEqual(TokensOf(entry)))
            return _nodes[entry];

        // Another page with the same hash but other tokens is not found any more.
        if (known)
            _nodes[entry] = Root;
        entry = page;
        _keys[page] = key;
        tokens.CopyTo(TokensOf(page));
        return _nodes[page] = ++_lastNode;
    }

    /// <summary>Takes a page out; it will hold other tokens.</summary>
    public void Drop(int page)
    {
        if (!Holds(page))
            return;
        _pages.Remove(_keys[page]);
        _nodes[page] = Root;
    }

    Span<int> TokensOf(int page) => _tokens.AsSpan(page * _pageSize, _pageSize);

    static ulong Hash(ReadOnlySpan<int> tokens)
    {
        var hash = 0UL;
        foreach (var token in tokens)
            hash = (hash ^ (uint)token) * 0x9E3779B97F4A7C15 + (hash >> 29);
        return hash;
    }
}
