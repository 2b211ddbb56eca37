namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Who holds which page of the KV cache: a free list and reference counts. A page may be held by several sequences that begin with the
/// same tokens (<see cref="Share"/>); it is free again when the last one lets go. Not thread-safe.
/// </summary>
public sealed class PagePool
{
    readonly int[] _references;
    readonly int[] _free;

    /// <param name="pages">Pages in the cache; their numbers are 0 to pages - 1.</param>
    /// <param name="pageSize">Positions per page.</param>
    public PagePool(int pages, int pageSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pages);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pageSize);
        PageSize = pageSize;
        Free = pages;
        _references = new int[pages];
        _free = [.. Enumerable.Range(0, pages).Reverse()];
    }

    /// <summary>Positions per page.</summary>
    public int PageSize { get; }

    /// <summary>Pages that nobody holds.</summary>
    public int Free { get; private set; }

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
            var page = _free[--Free];
            _references[page] = 1;
            sequence.AddPage(page);
        }

        return true;
    }

    /// <summary>
    /// Lets a sequence without pages hold the first pages of another one that begins with the same tokens, as computed. Those pages are
    /// full, so neither writes to them again; the joiner keeps at least one token to compute.
    /// </summary>
    public void Share(Sequence holder, Sequence joiner, int pages)
    {
        var tokens = pages * PageSize;
        ArgumentOutOfRangeException.ThrowIfNotEqual(joiner.PageCount, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens, Math.Min(holder.Computed, joiner.Length - 1), nameof(pages));
        if (!holder.Tokens[..tokens].SequenceEqual(joiner.Tokens[..tokens]))
            throw new ArgumentException($"The first {tokens} tokens of {holder.Request.Id} and {joiner.Request.Id} differ; share fewer pages.", nameof(pages));

        foreach (var page in holder.Pages[..pages])
        {
            _references[page]++;
            joiner.AddPage(page);
        }

        if (tokens > 0)
            joiner.Advance(tokens);
    }

    /// <summary>Takes all pages of a sequence, whose tokens are then to be computed again.</summary>
    public void Release(Sequence sequence)
    {
        // Last page first, so that the next sequence gets them in order.
        for (var i = sequence.PageCount - 1; i >= 0; i--)
        {
            var page = sequence.Pages[i];
            if (--_references[page] == 0)
                _free[Free++] = page;
        }

        sequence.ClearPages();
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

        foreach (var page in _free.AsSpan(0, Free))
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
