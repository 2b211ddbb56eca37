using System.Runtime.CompilerServices;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Text;

namespace Kdsl.Serving;

/// <summary>One sequence as text: decodes its tokens, ends it at stop strings, and frees it when its reader goes away.</summary>
/// <param name="stops">Texts that end the answer and are not shown.</param>
/// <param name="observer">Is told of its tokens and its end; null: nobody is.</param>
sealed class TextGeneration(IGeneration generation, ITextModel model, IReadOnlyList<string> stops, ISequenceObserver? observer = null)
{
    /// <summary>Scores of the prompt's tokens, once the first delta is there; null unless asked for.</summary>
    public IReadOnlyList<TokenLogProbs?>? PromptScores => generation.PromptLogProbs;

    /// <summary>Tokens of the prompt that were known already; with the first delta.</summary>
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
        var fresh = new List<GeneratedToken>();
        int tokens = 0, decoded = 0, shown = 0;
        try
        {
            await foreach (var token in TokensAsync(cancellation))
            {
                if (token.Finish is FinishReason.Cancelled)
                    throw new OperationCanceledException("The generation was cancelled.");
                tokens++;
                observer?.Token(token);
                fresh.Add(token);

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
                if (finish is { } reason)
                    observer?.Finished(reason);
                yield return new TextDelta(safe, tokens, fresh, scores?.Take(shown, last: finish is not null), finish, matcher.Matched);
                // Deltas are read one after the other, but may be kept.
                fresh = [];
                if (finish is not null)
                    yield break;
            }
        }
        finally
        {
            observer?.Finished(FinishReason.Cancelled);
            generation.Cancel();
        }
    }

    /// <summary>The engine's tokens; its failures are told.</summary>
    async IAsyncEnumerable<GeneratedToken> TokensAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                if (!await generation.Tokens.WaitToReadAsync(cancellation))
                    yield break;
            }
            catch (GenerationException e)
            {
                observer?.Failed(e.Error);
                throw;
            }

            while (generation.Tokens.TryRead(out var token))
                yield return token;
        }
    }
}
