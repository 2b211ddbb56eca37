using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kdsl.Bench.Serving.Load;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>A server, asked in a dialect.</summary>
/// <param name="http">Its connections; disposed with this.</param>
/// <param name="server">--Http.</param>
sealed class HttpTarget(HttpClient http, Uri server, IDialect dialect) : ITarget
{
    const int MostErrorBytes = 4096;
    const string Cut = "the connection closed before the answer's end";

    static readonly JsonWriterOptions _writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Uri _url = new(server.AbsoluteUri.TrimEnd('/') + dialect.Route);

    /// <inheritdoc/>
    public bool Streams => dialect.Framing != Framing.Whole;

    /// <inheritdoc/>
    public async Task AskAsync(BenchRequest request, RequestTrace trace, CancellationToken cancellation)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, _url) { Content = Content(request) };
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        trace.Send();
        try
        {
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            if (!response.IsSuccessStatusCode)
                throw await ErrorAsync(response.StatusCode, body, cancellation);
            await ReadAsync(body, trace, cancellation);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new RequestFailedException("no connection in time", e);
        }
        catch (HttpRequestException e) when (e.InnerException is SocketException socket)
        {
            throw new RequestFailedException(socket.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "connection refused",
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"no host {server.Host}",
                _ => Json.OneLine(socket.Message),
            }, e);
        }
        catch (HttpRequestException e) when (e.InnerException is IOException || e.HttpRequestError is HttpRequestError.ResponseEnded)
        {
            throw new RequestFailedException(Cut, e);
        }
        catch (HttpRequestException e)
        {
            throw new RequestFailedException(Json.OneLine((e.InnerException ?? e).Message), e);
        }
        catch (IOException e)
        {
            throw new RequestFailedException(Cut, e);
        }
        catch (JsonException e)
        {
            throw new RequestFailedException("the server sent what is not JSON", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    ByteArrayContent Content(BenchRequest request)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, _writing))
            dialect.Body(request).WriteTo(json);
        return new ByteArrayContent(bytes.GetBuffer(), 0, (int)bytes.Length) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
    }

    async Task ReadAsync(Stream body, RequestTrace trace, CancellationToken cancellation)
    {
        // A whole reply has no delimiter: no JSON text has a NUL.
        var records = new RecordReader(body, dialect.Framing == Framing.Events ? (byte)'\n' : (byte)0);
        var events = dialect.Framing == Framing.Events ? new EventReader(records) : null;
        bool ended = false;
        while (await (events is null ? records.NextAsync(cancellation) : events.NextAsync(cancellation)) is { } record)
        {
            if (record.Span.SequenceEqual("[DONE]"u8))
            {
                ended = true;
                continue;
            }

            using var document = JsonDocument.Parse(record);
            if (document.RootElement.Error() is { } error)
                throw new RequestFailedException($"the server said: {error}");
            var chunk = dialect.Read(document.RootElement) with { Arrived = records.Arrived };
            ended |= chunk.Finish is not null;
            trace.Add(chunk);
        }

        if (dialect.SaysEnd && !ended)
            throw new RequestFailedException("the stream stopped before the answer's end");
    }

    static async Task<RequestFailedException> ErrorAsync(HttpStatusCode status, Stream body, CancellationToken cancellation)
    {
        var bytes = new byte[MostErrorBytes];
        int length = await body.ReadAtLeastAsync(bytes, MostErrorBytes, throwOnEndOfStream: false, cancellation);
        string text = Encoding.UTF8.GetString(bytes, 0, length);
        try
        {
            var json = JsonElement.Parse(text);
            text = json.Error() ?? json.Get("message").Text() ?? text;
        }
        catch (JsonException)
        {
            // Shown as it is.
        }

        return new($"HTTP {(int)status}{(string.IsNullOrWhiteSpace(text) ? "" : $": {Json.OneLine(text)}")}");
    }
}
