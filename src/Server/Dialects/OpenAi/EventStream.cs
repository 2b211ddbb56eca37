using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Server-sent events whose data are JSON, ended by <c>[DONE]</c>. One writer is reused for all events of a response.</summary>
sealed class EventStream : IDisposable
{
    readonly PipeWriter _pipe;
    readonly Utf8JsonWriter _json;
    readonly CancellationToken _aborted;

    /// <summary>Sets the headers; nothing is sent before the first event.</summary>
    public EventStream(HttpContext context)
    {
        SetHeaders(context, "text/event-stream; charset=utf-8");
        _pipe = context.Response.BodyWriter;
        _json = new Utf8JsonWriter(_pipe, OpenAiJson.Writing);
        _aborted = context.RequestAborted;
    }

    /// <summary>The headers of an answer that comes piece by piece, whatever the pieces are.</summary>
    public static void SetHeaders(HttpContext context, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-cache";
        // Asks nginx not to collect the events.
        context.Response.Headers["X-Accel-Buffering"] = "no";
    }

    /// <summary>
    /// Sends what <paramref name="send"/> sends, then the end mark. A failure on the way becomes an event, since the status is out; the mark follows it too, as in vLLM and SGLang,
    /// for clients that wait for it.
    /// </summary>
    public async Task RunAsync(ILogger logger, Func<Task> send)
    {
        try
        {
            await send();
        }
        catch (Exception e) when (!_aborted.IsCancellationRequested)
        {
            var (_, error) = ErrorHandling.Translate(e, logger);
            await SendAsync(new ApiErrorBody(error), OpenAiJson.Default.ApiErrorBody);
        }

        _pipe.Write("data: [DONE]\n\n"u8);
        await _pipe.FlushAsync(_aborted);
    }

    /// <summary>Sends one event now.</summary>
    public async ValueTask SendAsync<T>(T value, JsonTypeInfo<T> type)
    {
        _pipe.Write("data: "u8);
        _json.Reset();
        JsonSerializer.Serialize(_json, value, type);
        _json.Flush();
        _pipe.Write("\n\n"u8);
        await _pipe.FlushAsync(_aborted);
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();
}
