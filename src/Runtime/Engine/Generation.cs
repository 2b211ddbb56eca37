using System.Threading.Channels;

namespace KernelDsl.Runtime.Engine;

/// <summary>The caller's end of one sequence. Written by the engine's thread, read and cancelled by any.</summary>
sealed class Generation(Sequence sequence, Action<Generation> cancel) : IGeneration
{
    readonly Channel<GeneratedToken> _tokens = Channel.CreateUnbounded<GeneratedToken>(new() { SingleWriter = true });
    readonly TokenLogProbs?[] _promptScores = sequence.Request.PromptLogProbs ? new TokenLogProbs?[sequence.PromptLength] : [];
    volatile TokenLogProbs?[]? _promptLogProbs;
    int _cancelled;

    public Sequence Sequence { get; } = sequence;

    public ChannelReader<GeneratedToken> Tokens => _tokens.Reader;

    public IReadOnlyList<TokenLogProbs?>? PromptLogProbs => _promptLogProbs;

    public int CachedTokens => Sequence.CachedTokens;

    /// <summary>The engine is done with it; the engine's thread only.</summary>
    public bool Ended { get; set; }

    /// <summary>The caller went away.</summary>
    public bool CancelRequested => Volatile.Read(ref _cancelled) != 0;

    public void Cancel()
    {
        if (Interlocked.Exchange(ref _cancelled, 1) == 0)
            cancel(this);
    }

    /// <summary>Keeps the score of the prompt's token at a position.</summary>
    public void Score(int position, TokenLogProbs score) => _promptScores[position] = score;

    /// <summary>Shows the prompt's scores; before the first token is written.</summary>
    public void PublishScores()
    {
        if (Sequence.Request.PromptLogProbs)
            _promptLogProbs = _promptScores;
    }

    public void Write(GeneratedToken token)
    {
        _tokens.Writer.TryWrite(token);
        if (token.Finish is not null)
            _tokens.Writer.TryComplete();
    }

    public void Fail(Exception error) => _tokens.Writer.TryComplete(error);
}
