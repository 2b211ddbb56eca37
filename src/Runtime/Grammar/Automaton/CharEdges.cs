using KernelDsl.Runtime.Grammar.Characters;

namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>Edges over characters into one node; characters that end in the same bytes share nodes.</summary>
sealed class CharEdges(NfaBuilder builder, int to)
{
    static readonly CharSet s_escaped = CharSet.Of((0, 0x1F), ('"', '"'), ('\\', '\\'));

    readonly Dictionary<(byte, byte, int), int> _shared = [];

    public void Add(int from, CharSet set, bool inJson)
    {
        foreach (var (low, high) in (inJson ? set.Except(s_escaped) : set).Ranges)
        {
            foreach (var sequence in Utf8Ranges.Of(low, high))
                Add(from, sequence);
        }

        if (!inJson)
            return;
        foreach (var (low, high) in set.Intersect(s_escaped).Ranges)
        {
            for (var c = low; c <= high; c++)
                Add(from, [.. Json.JsonText.Escape((char)c).Select(b => ((byte)b, (byte)b))]);
        }
    }

    void Add(int from, (byte Low, byte High)[] sequence)
    {
        var next = to;
        for (var i = sequence.Length - 1; i > 0; i--)
        {
            var (low, high) = sequence[i];
            if (!_shared.TryGetValue((low, high, next), out var node))
            {
                _shared.Add((low, high, next), node = builder.Add());
                builder.Moves.Add((node, (low, high, next)));
            }

            next = node;
        }

        builder.Moves.Add((from, (sequence[0].Low, sequence[0].High, next)));
    }
}
