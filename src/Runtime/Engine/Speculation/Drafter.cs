namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Guesses how a sequence goes on, without a second model (prompt lookup decoding, Saxena 2023): what followed when its last tokens
/// occurred before, in the prompt or in the output. It goes on with the place it follows as long as that is right, unless a later place
/// agrees at least as far back; so a long copy is not led astray by a phrase that it repeats. Each generated token also tells how good
/// the guess before it was, whether or not the guess was used: hit rates cost no computation.
/// </summary>
sealed class Drafter(Sequence sequence, HitRates rates)
{
    const int FurthestBack = 32;

    readonly NGramIndex _index = new();
    int _seen;
    int _source;
    int _match;

    /// <summary>Tokens before the guess that agree with the sequence's last ones; 0: there is no guess.</summary>
    public int Match => _match;

    /// <summary>Takes in the tokens that were added since the last call.</summary>
    public void Update()
    {
        var tokens = sequence.Tokens;
        while (_seen < tokens.Length)
        {
            if (_match > 0)
                Follow(tokens[_seen], _seen >= sequence.PromptLength);
            _seen++;
            var known = tokens[.._seen];
            var end = _index.Add(known, out var length);
            if (length == NGramIndex.Longest)
                length = Agreement(known, end);
            if (length > 0 && length >= _match)
                (_source, _match) = (end, length);
        }
    }

    /// <summary>Probability that the guess after so many right ones is right too.</summary>
    public double Chance(int accepted) => rates.Of(_match + accepted);

    /// <summary>Writes the next tokens as guessed; there is a guess.</summary>
    public void Fill(Span<int> draft)
    {
        var tokens = sequence.Tokens;
        // A repetition may run into its own end, and then repeats what was guessed.
        for (var i = 0; i < draft.Length; i++)
            draft[i] = _source + i < tokens.Length ? tokens[_source + i] : draft[_source + i - tokens.Length];
    }

    void Follow(int id, bool generated)
    {
        var hit = sequence.Tokens[_source] == id;
        // The prompt is not what the model says.
        if (generated)
            rates.Observe(_match, hit);
        (_source, _match) = hit ? (_source + 1, _match + 1) : (0, 0);
    }

    /// <summary>How far back the tokens before a position agree with the last ones.</summary>
    static int Agreement(ReadOnlySpan<int> tokens, int end)
    {
        var length = NGramIndex.Longest;
        while (length < Math.Min(end, FurthestBack) && tokens[end - 1 - length] == tokens[^(1 + length)])
            length++;
        return length;
    }
}
