using System.Diagnostics;

namespace Kdsl.Http;

/// <summary>
/// The id of a request, everywhere: in the reply (<c>RequestUUID</c> as MindIE has it, <c>X-Request-Id</c> as others), in a scope of every log line, and in one line
/// at its end. A client's own <c>X-Request-Id</c> is kept, as far as it is printable.
/// </summary>
static class RequestLog
{
    const int MostIdLength = 128;

    /// <summary>A middleware.</summary>
    public static async Task Run(HttpContext context, RequestDelegate next, ILogger logger)
    {
        string id = IdOf(context.Request);
        context.TraceIdentifier = id;
        context.Response.Headers["RequestUUID"] = context.Response.Headers["X-Request-Id"] = id;
        Activity.Current?.SetTag("request.id", id);
        long began = Stopwatch.GetTimestamp();
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["RequestId"] = id });
        try
        {
            await next(context);
        }
        finally
        {
            if (logger.IsEnabled(LogLevel.Information))
            {
                logger.LogInformation("{Method} {Path} {Status} in {Milliseconds} ms, request {RequestId}", context.Request.Method, Printable(context.Request.Path.Value ?? ""),
                    context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted ? 499 : context.Response.StatusCode,
                    (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds, id);
            }
        }
    }

    static string IdOf(HttpRequest request) =>
        request.Headers.TryGetValue("X-Request-Id", out var given) && given.ToString() is { Length: > 0 and <= MostIdLength } id && id.All(c => c is > ' ' and < '\x7f')
            ? id : Guid.NewGuid().ToString("N");

    /// <summary>A path cannot write lines of its own into the log.</summary>
    static string Printable(string path) => string.Concat(path.Take(256).Select(c => char.IsControl(c) ? '?' : c));
}
