using System.Numerics;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Where each run of 2, 3 and 4 tokens of a growing sequence ended last. Open addressing; a slot holds a position and the tokens
/// themselves are the key, so there are no false finds. Constant time per token, memory only when it doubles.
/// </summary>
sealed class NGramIndex
{
    /// <summary>Shortest run: single tokens recur by chance.</summary>
    public const int Shortest = 2;

    /// <summary>Longest run; longer matches are found by looking further back.</summary>
    public const int Longest = 4;

    const int Lengths = Longest - Shortest + 1;

    // 0 is empty; else 4 times the position after the run, plus which length it has.
    int[] _slots = [];
    int _tokens;

    /// <summary>Enters the runs that end with the last token.</summary>
    /// <param name="tokens">The sequence; one token longer than in the call before.</param>
    /// <param name="length">Tokens of the longest run that had been entered before; 0 when none had.</param>
    /// <returns>The position after that run.</returns>
    public int Add(ReadOnlySpan<int> tokens, out int length)
    {
        if (4 * tokens.Length * Lengths > 3 * _slots.Length)
            Grow(tokens[..^1]);

        _tokens = tokens.Length;
        var found = 0;
        length = 0;
        for (var n = Shortest; n <= Math.Min(Longest, tokens.Length); n++)
        {
            var earlier = Exchange(tokens, n);
            if (earlier > 0)
                (found, length) = (earlier, n);
        }

        return found;
    }

    /// <summary>Where the last n tokens ended before, or 0; from now on they end here.</summary>
    int Exchange(ReadOnlySpan<int> tokens, int n)
    {
        var run = tokens[^n..];
        var mask = _slots.Length - 1;
        for (var slot = (int)Hash(run) & mask; ; slot = (slot + 1) & mask)
        {
            var value = _slots[slot];
            var end = value >> 2;
            if (value != 0 && ((value & 3) != n - Shortest || !tokens[(end - n)..end].SequenceEqual(run)))
                continue;
            _slots[slot] = tokens.Length << 2 | (n - Shortest);
            return end;
        }
    }

    void Grow(ReadOnlySpan<int> tokens)
    {
        _slots = new int[(int)BitOperations.RoundUpToPowerOf2((uint)(8 * Math.Max(tokens.Length, 32)))];
        for (var end = 1; end <= Math.Min(_tokens, tokens.Length); end++)
        {
            for (var n = Shortest; n <= Math.Min(Longest, end); n++)
                Exchange(tokens[..end], n);
        }
    }

    static uint Hash(ReadOnlySpan<int> run)
    {
        var hash = (ulong)run.Length;
        foreach (var id in run)
            hash = (hash ^ (uint)id) * 0x9E3779B97F4A7C15;
        return (uint)(hash >> 32);
    }
}
