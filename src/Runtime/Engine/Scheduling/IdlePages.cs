namespace KernelDsl.Runtime.Engine;

/// <summary>Pages that nobody holds and that are still of use, in the order in which they were let go: a linked list in two arrays. Not thread-safe.</summary>
sealed class IdlePages
{
    readonly int _end;
    readonly int[] _next;
    readonly int[] _previous;

    /// <param name="pages">Pages in the pool.</param>
    public IdlePages(int pages)
    {
        _end = pages;
        _next = new int[pages + 1];
        _previous = new int[pages + 1];
        _next[_end] = _previous[_end] = _end;
    }

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>The one that was let go first; there must be one.</summary>
    public int Oldest => _next[_end];

    /// <summary>All, the oldest first.</summary>
    public IEnumerable<int> Pages
    {
        get
        {
            for (var page = _next[_end]; page != _end; page = _next[page])
                yield return page;
        }
    }

    /// <summary>A page was let go.</summary>
    public void Add(int page)
    {
        var last = _previous[_end];
        _next[last] = _previous[_end] = page;
        (_previous[page], _next[page]) = (last, _end);
        Count++;
    }

    /// <summary>A page is held again, or will hold something else.</summary>
    public void Remove(int page)
    {
        _next[_previous[page]] = _next[page];
        _previous[_next[page]] = _previous[page];
        Count--;
    }
}
