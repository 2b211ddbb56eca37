namespace KernelDsl.Runtime.Engine;

/// <summary>How long a request will wait: the mean time between two that left the line while others stood in it, times its place. Not thread-safe.</summary>
sealed class QueueForecast
{
    const double Smoothing = 0.1;

    TimeSpan _last;
    bool _others;
    double _interval;

    /// <summary>A request begins to be computed; others still wait or not.</summary>
    public void Started(TimeSpan now, bool others)
    {
        // Without a line, the time since the last start says when requests came, not how fast they go.
        if (_others)
        {
            var seconds = (now - _last).TotalSeconds;
            _interval += _interval == 0 ? seconds : Smoothing * (seconds - _interval);
        }

        (_last, _others) = (now, others);
    }

    /// <summary>The wait of a request with so many before it; null while nothing is known.</summary>
    public TimeSpan? Wait(int ahead) => _interval == 0 ? null : TimeSpan.FromSeconds(_interval * (ahead + 1));
}
