namespace KernelDsl.Runtime.Text.Bpe;

/// <summary>
/// Byte pair merging in O(n log n) of the pre-token's length: neighbours in a linked list, candidate pairs in a heap by (rank, position).
/// The library's search is quadratic inside one pre-token; this takes the long ones.
/// </summary>
internal sealed class MergeTable
{
    readonly Dictionary<ulong, (int Rank, int Id)> _merges;
    readonly int[] _byteIds = new int[256];

    public MergeTable(TokenizerDefinition definition)
    {
        var ids = definition.Vocabulary;
        _merges = new(definition.Merges.Count);
        for (int rank = 0; rank < definition.Merges.Count; rank++)
        {
            var (left, right) = definition.Merges[rank];
            _merges.TryAdd(Pair(ids[left], ids[right]), (rank, ids[left + right]));
        }
        for (int b = 0; b < 256; b++) _byteIds[b] = ids[ByteAlphabet.ToChar((byte)b).ToString()];
    }

    /// <summary>Appends the ids of one pre-token, given as UTF-8.</summary>
    public void Encode(ReadOnlySpan<byte> bytes, List<int> ids)
    {
        int n = bytes.Length;
        var symbols = new int[n];
        var next = new int[n];
        var previous = new int[n];
        PriorityQueue<int, long> candidates = new(n);
        for (int i = 0; i < n; i++) (symbols[i], next[i], previous[i]) = (_byteIds[bytes[i]], i + 1, i - 1);
        for (int i = 0; i + 1 < n; i++) Offer(i);

        while (candidates.TryDequeue(out int at, out long key))
        {
            int right = symbols[at] < 0 ? n : next[at];
            // A candidate is stale when either neighbour was merged meanwhile: its rank is no longer the pair's.
            if (right >= n || !_merges.TryGetValue(Pair(symbols[at], symbols[right]), out var merge) || merge.Rank != key >> 32) continue;
            (symbols[at], symbols[right]) = (merge.Id, -1);
            next[at] = next[right];
            if (next[at] < n)
            {
                previous[next[at]] = at;
                Offer(at);
            }
            if (previous[at] >= 0) Offer(previous[at]);
        }
        for (int i = 0; i < n; i = next[i]) ids.Add(symbols[i]);

        void Offer(int at)
        {
            if (_merges.TryGetValue(Pair(symbols[at], symbols[next[at]]), out var merge))
                candidates.Enqueue(at, ((long)merge.Rank << 32) | (uint)at);
        }
    }

    static ulong Pair(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
