using System.Collections;

namespace KernelDsl.Runtime.Engine;

/// <summary>Sequences in the order in which they are served: by <see cref="Sequence.Order"/>; of equal ones the first to come.</summary>
sealed class WaitingLine : IReadOnlyCollection<Sequence>
{
    readonly LinkedList<Sequence> _line = [];

    /// <inheritdoc/>
    public int Count => _line.Count;

    /// <summary>The next one; null when nobody waits.</summary>
    public Sequence? First => _line.First?.Value;

    /// <summary>A newcomer stands behind its equals.</summary>
    public void Add(Sequence sequence)
    {
        var before = _line.Last;
        while (before is not null && before.Value.Order > sequence.Order)
            before = before.Previous;
        if (before is null)
            _line.AddFirst(sequence);
        else
            _line.AddAfter(before, sequence);
    }

    /// <summary>One that was served already stands before its equals.</summary>
    public void Return(Sequence sequence)
    {
        var after = _line.First;
        while (after is not null && after.Value.Order < sequence.Order)
            after = after.Next;
        if (after is null)
            _line.AddLast(sequence);
        else
            _line.AddBefore(after, sequence);
    }

    /// <summary>Takes one out, wherever it stands.</summary>
    public void Remove(Sequence sequence) => _line.Remove(sequence);

    /// <inheritdoc/>
    public IEnumerator<Sequence> GetEnumerator() => _line.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
