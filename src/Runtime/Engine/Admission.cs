namespace KernelDsl.Runtime.Engine;

/// <summary>Who may join the line: a bound on its length, and no request that could not end in its time. Not thread-safe: the engine's lock guards it.</summary>
sealed class Admission(SchedulingOptions options)
{
    readonly QueueForecast _forecast = new();

    /// <summary>Requests refused so far.</summary>
    public long Refused { get; private set; }

    /// <summary>Throws when the request must not join.</summary>
    /// <param name="waiting">Requests in the line.</param>
    /// <exception cref="GenerationException">Overloaded: says when to come again.</exception>
    public void Check(GenerationRequest request, int waiting)
    {
        var wait = _forecast.Wait(waiting);
        if (waiting >= options.MaxQueued)
            throw Refuse($"Request {request.Id} was refused: {waiting} requests wait, and no more than {options.MaxQueued} may.", _forecast.Wait(0));
        if (waiting > 0 && request.Timeout is { } timeout && wait > timeout)
            throw Refuse($"Request {request.Id} was refused: it would wait about {wait.Value.TotalSeconds:0.#} s, and its timeout is {timeout.TotalSeconds:0.#} s.", wait - timeout);
    }

    /// <summary>A request begins to be computed.</summary>
    public void Started(TimeSpan now, bool othersWait) => _forecast.Started(now, othersWait);

    GenerationException Refuse(string message, TimeSpan? retryAfter)
    {
        Refused++;
        return new GenerationException(GenerationError.Overloaded, message) { RetryAfter = retryAfter ?? TimeSpan.FromSeconds(1) };
    }
}
