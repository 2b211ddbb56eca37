using KernelDsl.Runtime.Engine;

namespace Kdsl.Serving;

/// <summary>Scores wait here until the text of their tokens is out, so that no score tells of text that a stop string will hide.</summary>
sealed class ScoreQueue
{
    readonly Queue<(ScoredToken Token, int End)> _waiting = new();

    /// <summary>Adds a token whose text lies at [start, end) of the decoded text.</summary>
    public void Add(TokenLogProbs score, int start, int end) => _waiting.Enqueue((new ScoredToken(score.Id, score, start), end));

    /// <summary>Takes the tokens whose text ends within the first <paramref name="shown"/> units; at the end also those that start there.</summary>
    public IReadOnlyList<ScoredToken> Take(int shown, bool last)
    {
        var taken = new List<ScoredToken>();
        while (_waiting.TryPeek(out var next) && (next.End <= shown || (last && next.Token.Offset < shown)))
            taken.Add(_waiting.Dequeue().Token);
        return taken;
    }
}
