using System.Threading.Channels;
using KernelDsl.Runtime.Engine;

namespace KernelDsl.Testing;

/// <summary>One request of a <see cref="ScriptedEngine"/>; every method but the reader's is called under the engine's lock.</summary>
sealed class ScriptedGeneration(ScriptedEngine engine, GenerationRequest request, Script script) : IGeneration
{
    readonly Channel<GeneratedToken> _channel = Channel.CreateUnbounded<GeneratedToken>();
    readonly IConstraintState? _constraint = request.Constraint?.Start();
    int _next, _generated;

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

        if (Choose(script.Tokens[_next]) is not { } id)
            return Fail(new GenerationException(GenerationError.ConstraintFailed, "The constraint allows no token here."));
        _next += id == script.Tokens[_next] ? 1 : 0;
        _generated++;
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

    /// <summary>The scripted token if the constraint allows it, else the end if that is allowed, else the lowest id that is; null: nothing is.</summary>
    int? Choose(int wanted)
    {
        if (_constraint is null)
            return wanted;
        var isStop = request.StopTokens.Contains(wanted);
        if (isStop ? _constraint.MayEnd : Allows(wanted))
            return Take(wanted);
        if (_constraint.MayEnd)
            return request.StopTokens[0];
        for (var id = 0; id < engine.Limits.SampledVocabularySize; id++)
        {
            if (!request.StopTokens.Contains(id) && Allows(id))
                return Take(id);
        }

        return null;

        int Take(int id)
        {
            if (!request.StopTokens.Contains(id))
                _constraint.Accept(id);
            return id;
        }
    }

    bool Allows(int id)
    {
        var allowed = _constraint!.Allowed;
        return allowed.IsEmpty || (id >> 6 < allowed.Length && (allowed[id >> 6] >> (id & 63) & 1) != 0);
    }

    FinishReason? Finish(int id)
    {
        if ((!request.IgnoreStop || _constraint is not null) && request.StopTokens.Contains(id))
            return FinishReason.Stop;
        if (_generated == request.MaxTokens || request.Prompt.Length + _generated == engine.Limits.ContextLength)
            return FinishReason.Length;
        return _next == script.Tokens.Count && script.Failure is null && !script.Hangs ? FinishReason.Stop : null;
    }

    /// <summary>Probability 1/2 for the token, 1/4, 1/8, ... for the ids after it.</summary>
    static TokenLogProbs Scored(int id, int top, EngineLimits limits) => new(id, MathF.Log(0.5f),
        [.. Enumerable.Range(0, top).Select(i => ((id + i) % limits.SampledVocabularySize, MathF.Log(0.5f) * (i + 1)))]);
}
