using System.Runtime.CompilerServices;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Text;

namespace Kdsl.Serving;

/// <summary>One sequence as text: decodes its tokens, ends it at stop strings, and frees it when its reader goes away.</summary>
/// <param name="stops">Texts that end the answer and are not shown.</param>
sealed class TextGeneration(IGeneration generation, ITextModel model, IReadOnlyList<string> stops)
{
    /// <summary>Scores of the prompt's tokens, once the first delta is there; null unless asked for.</summary>
    public IReadOnlyList<TokenLogProbs?>? PromptScores => generation.PromptLogProbs;

    /// <summary>Tokens of the prompt that were not computed anew; known with the first delta.</summary>
    public int CachedTokens => generation.CachedTokens;

    /// <summary>Gives the engine its room back; the reader then ends with an error, unless it had ended.</summary>
    public void Cancel() => generation.Cancel();

    /// <summary>The deltas as they come; the last one has a finish reason. Leaving the loop early, or the token, cancels the sequence.</summary>
    /// <exception cref="GenerationException">The engine could not go on.</exception>
    public async IAsyncEnumerable<TextDelta> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var decoder = model.NewDecoder();
        var matcher = new StopMatcher(stops);
        ScoreQueue? scores = null;
        int tokens = 0, decoded = 0, shown = 0;
        try
        {
            await foreach (var token in generation.Tokens.ReadAllAsync(cancellation))
            {
                if (token.Finish is FinishReason.Cancelled)
                    throw new OperationCanceledException("The generation was cancelled.");
                tokens++;

                // The token that stops a sequence is a mark, not text.
                string text = token.Finish is FinishReason.Stop ? "" : decoder.Append(token.Id);
                if (token.LogProbs is { } score)
                {
                    scores ??= new ScoreQueue();
                    if (token.Finish is not FinishReason.Stop)
                        scores.Add(score, decoded, decoded + text.Length);
                }

                if (token.Finish is not null)
                    text += decoder.Flush();
                decoded += text.Length;

                string safe = matcher.Append(text);
                var finish = matcher.Matched is not null ? FinishReason.Stop : token.Finish;
                if (finish is not null && matcher.Matched is null)
                    safe += matcher.Flush();
                if (safe.Length == 0 && finish is null)
                    continue;

                shown += safe.Length;
                yield return new TextDelta(safe, tokens, scores?.Take(shown, last: finish is not null), finish);
                if (finish is not null)
                    yield break;
            }
        }
        finally
        {
            generation.Cancel();
        }
    }
}
