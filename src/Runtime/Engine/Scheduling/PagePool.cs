namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Who holds which page of the KV cache: reference counts, a list of free pages, and one of pages that nobody holds but whose tokens are known
/// (<see cref="PrefixCache"/>). A page may be held by several sequences that begin with the same tokens. The known ones are given away last, the one
/// longest unused first. Not thread-safe.
/// </summary>
public sealed class PagePool
{
    readonly int[] _references;
    readonly int[] _free;
    readonly IdlePages _idle;
    readonly PrefixCache? _prefixes;
    int _freeCount;

    /// <param name="pages">Pages in the cache; their numbers are 0 to pages - 1.</param>
    /// <param name="pageSize">Positions per page.</param>
    /// <param name="prefixCache">Remember what full pages hold.</param>
    public PagePool(int pages, int pageSize, bool prefixCache = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pageSize);
        PageSize = pageSize;
        _freeCount = pages;
        _references = new int[pages];
        _free = [.. Enumerable.Range(0, pages).Reverse()];
        _idle = new IdlePages(pages);
        _prefixes = prefixCache ? new PrefixCache(pages, pageSize) : null;
    }

    /// <summary>Positions per page.</summary>
    public int PageSize { get; }

    /// <summary>Pages that nobody holds.</summary>
    public int Free => _freeCount + _idle.Count;

    /// <summary>Of these, pages whose tokens are known.</summary>
    public int Cached => _idle.Count;

    /// <summary>All pages.</summary>
    public int Total => _references.Length;

    /// <summary>Pages that hold so many tokens.</summary>
    public int PagesFor(int tokens) => (tokens + PageSize - 1) / PageSize;

    /// <summary>Gives the sequence pages until it holds so many tokens: all that are missing, or none when there are not enough.</summary>
    public bool TryAllocate(Sequence sequence, int tokens, out int added)
    {
        added = Math.Max(0, PagesFor(tokens) - sequence.PageCount);
        if (added > Free)
        {
            added = 0;
            return false;
        }

        for (var i = 0; i < added; i++)
        {
            var page = _freeCount > 0 ? _free[--_freeCount] : Forget(_idle.Oldest);
            _references[page] = 1;
            sequence.AddPage(page);
        }

        return true;
    }

    /// <summary>
    /// Lets a sequence without pages hold those full ones that have its first tokens, as computed; says how many tokens. It keeps at least one to
    /// compute, and all of which logits are wanted. Nobody writes to a full page again.
    /// </summary>
    public int Attach(Sequence sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(sequence.PageCount, 0);
        if (_prefixes is null || sequence.Scored < sequence.ToScore)
            return 0;

        var tokens = 0;
        while (tokens + PageSize < sequence.Length
            && _prefixes.Find(sequence.PrefixNode, sequence.Tokens.Slice(tokens, PageSize)) is >= 0 and var page)
        {
            if (_references[page]++ == 0)
                _idle.Remove(page);
            sequence.AddPage(page);
            sequence.Publish(_prefixes.NodeOf(page));
            tokens += PageSize;
        }

        if (tokens > 0)
            sequence.Advance(tokens);
        return tokens;
    }

    /// <summary>Tokens, in full pages, that a sequence begins with as another one does, and need not compute itself once the other has.</summary>
    public int Shareable(Sequence sequence, Sequence other) => _prefixes is null || sequence.Scored < sequence.ToScore ? 0
        : Math.Min(sequence.Tokens.CommonPrefixLength(other.Tokens), sequence.Length - 1) / PageSize * PageSize;

    /// <summary>Makes the pages of a sequence that have become full known to others.</summary>
    public void Publish(Sequence sequence)
    {
        if (_prefixes is null)
            return;
        for (var page = sequence.PublishedPages; (page + 1) * PageSize <= sequence.Computed; page++)
            sequence.Publish(_prefixes.Add(sequence.PrefixNode, sequence.Pages[page], sequence.Tokens.Slice(page * PageSize, PageSize)));
    }

    /// <summary>Takes all pages of a sequence, whose tokens are then to be computed again.</summary>
    public void Release(Sequence sequence)
    {
        // Last page first: the next sequence gets them in order, and of a known text the end is forgotten before the beginning.
        for (var i = sequence.PageCount - 1; i >= 0; i--)
        {
            var page = sequence.Pages[i];
            if (--_references[page] > 0)
                continue;
            if (_prefixes is not null && _prefixes.Holds(page))
                _idle.Add(page);
            else
                _free[_freeCount++] = page;
        }

        sequence.ClearPages();
    }

    int Forget(int page)
    {
        _idle.Remove(page);
        _prefixes!.Drop(page);
        return page;
    }

    /// <summary>Compares the books with the sequences that hold pages; called when the engine is idle and by tests.</summary>
    /// <exception cref="InvalidOperationException">A page is lost, held twice or both held and free: names the page.</exception>
    public void Audit(IEnumerable<Sequence> holders)
    {
        var references = new int[Total];
        foreach (var sequence in holders)
        {
            foreach (var page in sequence.Pages)
                references[page]++;
        }

        foreach (var page in _free.Take(_freeCount).Concat(_idle.Pages))
        {
            if (references[page]-- != 0)
                throw new InvalidOperationException($"Page {page} is in the free list, and also held or listed twice.");
        }

        for (var page = 0; page < Total; page++)
        {
            // A free page was counted down to -1 above.
            if (Math.Max(references[page], 0) != _references[page] || references[page] == 0)
                throw new InvalidOperationException($"Page {page} is held by {references[page]} sequences, but counted for {_references[page]}.");
        }
    }
}
