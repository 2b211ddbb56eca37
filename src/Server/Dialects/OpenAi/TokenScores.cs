using System.Text;
using System.Text.Unicode;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Log probabilities in the two shapes of the API.</summary>
/// <param name="asIds">Tokens are named <c>token_id:N</c> (vLLM's <c>return_tokens_as_token_ids</c>), which tells those apart whose bytes are no text.</param>
sealed class TokenScores(ITextModel model, bool asIds)
{
    /// <summary>What the API writes for a probability of zero: JSON has no infinity.</summary>
    const float Never = -9999f;

    /// <summary>The chat shape: token, logprob, bytes, alternatives.</summary>
    public ChatLogProbs? Chat(IReadOnlyList<ScoredToken>? tokens) => tokens is null ? null
        : new([.. tokens.Where(token => token.Score is not null).Select(token =>
        {
            var score = token.Score!;
            var (text, logProb, bytes) = Alternative(score.Id, score.LogProb);
            return new ChatTokenScore(text, logProb, bytes, [.. score.Top.Select(top => Alternative(top.Id, top.LogProb))]);
        })]);

    /// <summary>The completions shape: four lists.</summary>
    /// <param name="shift">Where the answer starts in the choice's text (behind an echoed prompt).</param>
    public CompletionLogProbs? Completion(IReadOnlyList<ScoredToken>? tokens, int shift = 0) => tokens is null ? null
        : new([.. tokens.Select(token => Spell(token.Id))],
            [.. tokens.Select(token => token.Score is { } score ? Finite(score.LogProb) : (float?)null)],
            [.. tokens.Select(token => token.Score is { } score ? Map(score) : null)],
            [.. tokens.Select(token => token.Offset + shift)]);

    ChatAlternative Alternative(int id, float logProb)
    {
        var bytes = model.Bytes(id);
        return new(asIds ? Name(id) : Encoding.UTF8.GetString(bytes), Finite(logProb), [.. bytes.Select(b => (int)b)]);
    }

    /// <summary>The most likely tokens, and the one that was chosen, which need not be among them.</summary>
    Dictionary<string, float> Map(TokenLogProbs score)
    {
        var map = new Dictionary<string, float>();
        foreach (var (id, logProb) in score.Top.Append((score.Id, score.LogProb)))
            map.TryAdd(Spell(id), Finite(logProb));
        return map;
    }

    static string Name(int id) => $"token_id:{id}";

    string Spell(int id) => asIds ? Name(id) : Spell(model.Bytes(id));

    /// <summary>Bytes that are no text are spelt as the API does, so that two of them stay two keys.</summary>
    static string Spell(byte[] bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes)
        : "bytes:" + string.Concat(bytes.Select(b => $"\\x{b:x2}"));

    static float Finite(float logProb) => float.IsFinite(logProb) ? logProb : Never;
}
