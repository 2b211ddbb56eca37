using System.Text;
using System.Text.Unicode;
using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Log probabilities in the two shapes of the API.</summary>
static class TokenScores
{
    /// <summary>What the API writes for a probability of zero: JSON has no infinity.</summary>
    const float Never = -9999f;

    /// <summary>The chat shape: token, logprob, bytes, alternatives.</summary>
    public static ChatLogProbs? Chat(IReadOnlyList<ScoredToken>? tokens, ITextModel model) => tokens is null ? null
        : new([.. tokens.Where(token => token.Score is not null).Select(token =>
        {
            var score = token.Score!;
            var (text, logProb, bytes) = Alternative(score.Id, score.LogProb, model);
            return new ChatTokenScore(text, logProb, bytes, [.. score.Top.Select(top => Alternative(top.Id, top.LogProb, model))]);
        })]);

    /// <summary>The completions shape: four lists.</summary>
    /// <param name="shift">Where the answer starts in the choice's text (behind an echoed prompt).</param>
    public static CompletionLogProbs? Completion(IReadOnlyList<ScoredToken>? tokens, ITextModel model, int shift = 0) => tokens is null ? null
        : new([.. tokens.Select(token => Spell(model.Bytes(token.Id)))],
            [.. tokens.Select(token => token.Score is { } score ? Finite(score.LogProb) : (float?)null)],
            [.. tokens.Select(token => token.Score is { } score ? Map(score.Top, model) : null)],
            [.. tokens.Select(token => token.Offset + shift)]);

    static ChatAlternative Alternative(int id, float logProb, ITextModel model)
    {
        var bytes = model.Bytes(id);
        return new(Encoding.UTF8.GetString(bytes), Finite(logProb), [.. bytes.Select(b => (int)b)]);
    }

    static Dictionary<string, float> Map(IReadOnlyList<(int Id, float LogProb)> top, ITextModel model)
    {
        var map = new Dictionary<string, float>();
        foreach (var (id, logProb) in top)
            map.TryAdd(Spell(model.Bytes(id)), Finite(logProb));
        return map;
    }

    /// <summary>Bytes that are no text are spelt as the API does, so that two of them stay two keys.</summary>
    static string Spell(byte[] bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
        : "bytes:" + string.Concat(bytes.Select(b => $"\\x{b:x2}"));

    static float Finite(float logProb) => float.IsFinite(logProb) ? logProb : Never;
}
