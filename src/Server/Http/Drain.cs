using System.Diagnostics;
using Kdsl.Dialects.OpenAi;

namespace Kdsl.Http;

/// <summary>
/// Stopping in order. What has begun is served to its end; what would begin is refused with 503, over connections that stay open meanwhile: a client that sends
/// on a kept one reads an answer, and not a reset. From the beginning on every response closes its connection and says so.
/// </summary>
sealed class Drain
{
    // A client whose response had begun before could not be told to close its connection; its next request often follows at once.
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly TaskCompletionSource _served = new(TaskCreationOptions.RunContinuationsAsynchronously);
    int _running;
    bool _begun;
    long? _lastUntold;

    /// <summary>Nothing new is taken any more.</summary>
    public bool Begun => Volatile.Read(ref _begun);

    /// <summary>A middleware, behind the one that writes errors.</summary>
    public async Task Run(HttpContext context, RequestDelegate next)
    {
        bool told = false;
        context.Response.OnStarting(() =>
        {
            told = Begun;
            // Later versions of HTTP have a frame for it, which Kestrel sends.
            if (told && HttpProtocol.IsHttp11(context.Request.Protocol))
                context.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        });
        bool counts = HttpMethods.IsPost(context.Request.Method);
        if (counts && !TryEnter())
        {
            // Closing a connection with unread bytes in it would reset it, and the answer with it.
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, ApiError.Server("The server is shutting down.", "shutting_down"));
        }

        try
        {
            await next(context);
        }
        finally
        {
            Leave(counts, told);
        }
    }

    /// <summary>Refuses what is new from now on, and waits until what had begun is served, or the token.</summary>
    public async Task WaitAsync(CancellationToken now)
    {
        lock (_lock)
        {
            _begun = true;
            if (_running == 0)
                _served.TrySetResult();
        }

        await _served.Task.WaitAsync(now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        TimeSpan left;
        lock (_lock)
            left = _lastUntold is { } last ? Grace - Stopwatch.GetElapsedTime(last) : TimeSpan.Zero;
        if (left > TimeSpan.Zero)
            await Task.Delay(left, now).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    bool TryEnter()
    {
        lock (_lock)
        {
            _running += _begun ? 0 : 1;
            return !_begun;
        }
    }

    void Leave(bool counted, bool told)
    {
        lock (_lock)
        {
            if (!told)
                _lastUntold = Stopwatch.GetTimestamp();
            if (counted && --_running == 0 && _begun)
                _served.TrySetResult();
        }
    }
}
