using System.Threading.Channels;
using KernelDsl.Runtime.Engine;

namespace KernelDsl.Testing;

/// <summary>One request of a <see cref="ScriptedEngine"/>; every method but the reader's is called under the engine's lock.</summary>
sealed class ScriptedGeneration(ScriptedEngine engine, GenerationRequest request, Script script) : IGeneration
{
    readonly Channel<GeneratedToken> _channel = Channel.CreateUnbounded<GeneratedToken>();
    int _next;

    public ChannelReader<GeneratedToken> Tokens => _channel.Reader;

    public IReadOnlyList<TokenLogProbs?>? PromptLogProbs { get; } = request.PromptLogProbs
        ? [.. request.Prompt.ToArray().Select((id, i) => i == 0 ? null : Scored(id, request.TopLogProbs ?? 0, engine.Limits))]
        : null;

    public int CachedTokens => script.CachedTokens;

    public bool Ended { get; private set; }

    public void Cancel() => engine.Cancel(this);

    /// <summary>Writes the next token or the failure; false when there is nothing more to do.</summary>
    public bool Advance()
    {
        if (Ended || (_next == script.Tokens.Count && script.Hangs))
            return false;
        if (_next == script.Tokens.Count)
            return Fail(script.Failure ?? new InvalidOperationException("The script of this request has no tokens."));

        var id = script.Tokens[_next++];
        var finish = Finish(id);
        var scores = request.TopLogProbs is { } top ? Scored(id, top, engine.Limits) : null;
        _channel.Writer.TryWrite(new GeneratedToken(id, scores, finish));
        Ended = finish is not null;
        if (Ended)
            _channel.Writer.TryComplete();
        return !Ended;
    }

    public bool EndCancelled()
    {
        if (Ended)
            return false;
        Ended = true;
        _channel.Writer.TryWrite(new GeneratedToken(-1, null, FinishReason.Cancelled));
        return _channel.Writer.TryComplete();
    }

    public bool Fail(Exception error)
    {
        Ended = true;
        _channel.Writer.TryComplete(error);
        return false;
    }

    FinishReason? Finish(int id)
    {
        if (!request.IgnoreStop && request.StopTokens.Contains(id))
            return FinishReason.Stop;
        if (_next == request.MaxTokens || request.Prompt.Length + _next == engine.Limits.ContextLength)
            return FinishReason.Length;
        return _next == script.Tokens.Count && script.Failure is null && !script.Hangs ? FinishReason.Stop : null;
    }

    /// <summary>Probability 1/2 for the token, 1/4, 1/8, ... for the ids after it.</summary>
    static TokenLogProbs Scored(int id, int top, EngineLimits limits) => new(id, MathF.Log(0.5f),
        [.. Enumerable.Range(0, top).Select(i => ((id + i) % limits.SampledVocabularySize, MathF.Log(0.5f) * (i + 1)))]);
}
