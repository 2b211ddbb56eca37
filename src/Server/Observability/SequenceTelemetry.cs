using System.Diagnostics;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Observability;

/// <summary>One sequence as it goes; one thread at a time.</summary>
sealed class SequenceTelemetry(Telemetry telemetry) : ISequenceObserver
{
    static readonly ActivitySource _source = new(Tracing.SourceName, Versions.Product);

    readonly long _began = Stopwatch.GetTimestamp();
    long _first, _last;
    TimeSpan _longestGap;
    int _tokens;
    bool _ended;

    // Of the request: the token's reader may run on anybody's behalf.
    readonly ActivityContext _parent = Activity.Current?.Context ?? default;
    readonly DateTimeOffset _beganAt = DateTimeOffset.UtcNow;
    TimeSpan _queued;

    /// <inheritdoc/>
    public void Token(in GeneratedToken token)
    {
        long now = Stopwatch.GetTimestamp();
        if (_tokens++ == 0)
        {
            _first = now;
            _queued = token.Step.Waited;
            telemetry.FirstToken(Stopwatch.GetElapsedTime(_began, now), token.Step);
        }
        else
        {
            var gap = Stopwatch.GetElapsedTime(_last, now);
            _longestGap = gap > _longestGap ? gap : _longestGap;
            telemetry.Gap(gap);
        }

        _last = now;
    }

    /// <inheritdoc/>
    public void Finished(FinishReason reason)
    {
        if (_ended)
            return;
        _ended = true;
        Trace(reason.ToString());
        telemetry.Finished(reason, Stopwatch.GetElapsedTime(_began), _tokens > 0 ? Stopwatch.GetElapsedTime(_first, _last) : default, _longestGap, _tokens);
    }

    /// <inheritdoc/>
    public void Failed(GenerationError error)
    {
        if (_ended)
            return;
        _ended = true;
        Trace(Telemetry.Word(error));
        telemetry.Failed(Telemetry.Word(error));
    }

    /// <summary>The phases as spans below the request's.</summary>
    void Trace(string end)
    {
        if (!_source.HasListeners())
            return;
        var first = Stopwatch.GetElapsedTime(_began, _tokens > 0 ? _first : Stopwatch.GetTimestamp());
        var queued = _queued < first && _tokens > 0 ? _queued : first;
        Span("queue", TimeSpan.Zero, queued);
        if (_tokens == 0)
            return;
        Span("prefill", queued, first);
        Span("decode", first, Stopwatch.GetElapsedTime(_began, _last));

        void Span(string name, TimeSpan from, TimeSpan to)
        {
            using var span = _source.StartActivity(name, ActivityKind.Internal, _parent, startTime: _beganAt + from);
            span?.SetTag("end", end).SetTag("tokens", _tokens).SetEndTime((_beganAt + to).UtcDateTime);
        }
    }
}
