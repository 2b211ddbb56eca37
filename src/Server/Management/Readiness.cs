using KernelDsl.Runtime.Engine;
using Kdsl.Http;
using Kdsl.Serving;

namespace Kdsl.Management;

/// <summary>What a probe finds.</summary>
enum ReadyState
{
    /// <summary>Tokens flow.</summary>
    Ready,

    /// <summary>More wait than can be taken soon.</summary>
    Busy,

    /// <summary>A step hangs, or a token that was asked for did not come.</summary>
    Stalled,

    /// <summary>Draining.</summary>
    Stopping,
}

/// <summary>
/// Whether the server makes tokens, which an answer from its HTTP side does not tell: a token has been made since the last probe, or one is made for
/// this one; and the step that runs has not taken too long (the watchdog).
/// </summary>
/// <param name="stepTimeout">A step that takes longer is taken to hang.</param>
sealed class Readiness(ITextModel model, Drain drain, TimeSpan stepTimeout, TimeProvider clock) : IDisposable
{
    // A proof this old needs no other.
    static readonly TimeSpan Proven = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim _canary = new(1);
    long _provenTokens = -1;
    long _provenAt;
    int _canaries;

    /// <inheritdoc/>
    public void Dispose() => _canary.Dispose();

    /// <summary>Without asking for a token.</summary>
    public ReadyState Live()
    {
        if (drain.Begun)
            return ReadyState.Stopping;
        if (model.Engine.Counters.StepElapsed > stepTimeout)
            return ReadyState.Stalled;
        return model.Engine.Status.Waiting > 2 * model.Engine.Limits.MaxSequences ? ReadyState.Busy : ReadyState.Ready;
    }

    /// <summary>Whether tokens flow; asks for one when none was made lately.</summary>
    public async Task<ReadyState> ReadyAsync(CancellationToken cancellation)
    {
        var live = Live();
        if (live is not ReadyState.Ready || Progress())
            return live;
        return await ProbeAsync(stepTimeout, cancellation);
    }

    /// <summary>Asks for one token, and waits so long for it.</summary>
    public async Task<ReadyState> ProbeAsync(TimeSpan patience, CancellationToken cancellation)
    {
        var live = Live();
        if (live is ReadyState.Stopping or ReadyState.Stalled)
            return live;

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(patience);
        try
        {
            await _canary.WaitAsync(limit.Token);
            try
            {
                return await CanaryAsync(limit.Token);
            }
            finally
            {
                _canary.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ReadyState.Stalled;
        }
    }

    /// <summary>A state in words.</summary>
    public static string Explain(ReadyState state) => state switch
    {
        ReadyState.Busy => "Service is alive but busy. Consider reducing request frequency",
        ReadyState.Stalled => "No token was made in time: a step hangs, or the queue does not move",
        ReadyState.Stopping => "The service has been stopped.",
        _ => "Service is ready",
    };

    async Task<ReadyState> CanaryAsync(CancellationToken limit)
    {
        IGeneration generation;
        try
        {
            generation = model.Engine.Submit(new GenerationRequest
            {
                Id = $"canary-{Interlocked.Increment(ref _canaries)}",
                Prompt = new[] { model.StopTokens is [var first, ..] ? first : 0 },
                MaxTokens = 1,
                Priority = 1,
                Sampling = new SamplingOptions { Temperature = 0 },
            });
        }
        catch (GenerationException e)
        {
            return e.Error is GenerationError.Overloaded ? ReadyState.Busy : ReadyState.Stopping;
        }

        try
        {
            await foreach (var token in generation.Tokens.ReadAllAsync(limit))
            {
                if (token.Finish is not null and not FinishReason.Cancelled)
                {
                    Progress();
                    return ReadyState.Ready;
                }
            }

            return ReadyState.Stalled;
        }
        catch (GenerationException)
        {
            return ReadyState.Stalled;
        }
        finally
        {
            generation.Cancel();
        }
    }

    /// <summary>A token was made since the last proof, or that is fresh.</summary>
    bool Progress()
    {
        long tokens = model.Engine.Counters.GeneratedTokens;
        if (tokens > Interlocked.Exchange(ref _provenTokens, tokens) && tokens > 0)
        {
            Volatile.Write(ref _provenAt, clock.GetTimestamp());
            return true;
        }

        return tokens > 0 && clock.GetElapsedTime(Volatile.Read(ref _provenAt)) < Proven;
    }
}
