using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Engine;

/// <summary>Host memory that keeps the pages of sequences which had to give theirs up. It is committed as it is used. One thread.</summary>
sealed class SwapSpace
{
    readonly IModel _model;
    readonly int _pageBytes;
    readonly int _mostSequences;
    readonly List<byte[]> _slots = [];
    readonly Stack<int> _free = [];
    readonly long _mostSlots;

    /// <param name="sequences">Most sequences kept.</param>
    /// <param name="bytes">Most memory.</param>
    public SwapSpace(IModel model, int sequences, long bytes)
    {
        _model = model;
        _pageBytes = model.PageBytes;
        _mostSequences = sequences;
        _mostSlots = _pageBytes > 0 ? bytes / _pageBytes : 0;
    }

    /// <summary>Sequences kept now.</summary>
    public int Sequences { get; private set; }

    /// <summary>Copies what a sequence has computed; false when there is no room. Its pages may be released then.</summary>
    public bool TrySave(Sequence sequence, int pageSize)
    {
        var pages = (sequence.Computed + pageSize - 1) / pageSize;
        if (Sequences == _mostSequences || pages == 0 || pages > _free.Count + _mostSlots - _slots.Count)
            return false;

        var slots = new int[pages];
        for (var i = 0; i < pages; i++)
        {
            if (!_free.TryPop(out slots[i]))
            {
                slots[i] = _slots.Count;
                _slots.Add(GC.AllocateUninitializedArray<byte>(_pageBytes));
            }

            _model.SavePage(sequence.Pages[i], _slots[slots[i]]);
        }

        sequence.Saved = new SavedPages(slots, sequence.Computed);
        Sequences++;
        return true;
    }

    /// <summary>Copies it back into the pages that the sequence has now.</summary>
    public void Restore(Sequence sequence)
    {
        var saved = sequence.Saved!;
        // What a prefix of known pages had already is not copied over them: others read those.
        var first = sequence.PublishedPages;
        for (var i = first; i < saved.Slots.Length; i++)
            _model.LoadPage(_slots[saved.Slots[i]], sequence.Pages[i]);
        if (saved.Tokens > sequence.Computed)
            sequence.Advance(saved.Tokens - sequence.Computed);
        Drop(sequence);
    }

    /// <summary>Forgets what was kept of a sequence, if anything.</summary>
    public void Drop(Sequence sequence)
    {
        if (sequence.Saved is not { } saved)
            return;
        foreach (var slot in saved.Slots)
            _free.Push(slot);
        sequence.Saved = null;
        Sequences--;
    }
}

/// <summary>Where a sequence's pages are kept, and how many of its tokens they hold.</summary>
sealed record SavedPages(int[] Slots, int Tokens);
