using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Kdsl.Http;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests;

/// <summary>A real server on a free loopback port over a scripted engine, and a plain HTTP client for it.</summary>
sealed class RunningServer : IAsyncDisposable
{
    readonly HttpServer _server;

    readonly IEngine _engine;

    RunningServer(IEngine engine, HttpServer server)
    {
        (_engine, _server) = (engine, server);
        Client = new HttpClient { BaseAddress = server.Url };
    }

    public ScriptedEngine Engine => (ScriptedEngine)_engine;

    public HttpClient Client { get; }

    public Uri Url => _server.Url;

    /// <summary>Every request is answered with this text.</summary>
    public static Task<RunningServer> StartAsync(string answer) => StartAsync(new ScriptedEngine(ByteModel.Answer(answer)));

    /// <summary>The same of a model that thinks: its prompts end with the opening mark.</summary>
    public static Task<RunningServer> StartThinkingAsync(string answer) => StartAsync(new ScriptedEngine(ByteModel.Answer(answer)), opening: "<think>\n");

    public static Task<RunningServer> StartAsync(IEngine engine, ServerOptions? options = null, SamplingOptions? sampling = null, string opening = "") =>
        StartAsync(sampling is null ? new ByteModel(engine, opening) : new ByteModel(engine, opening) { Sampling = sampling }, options);

    /// <summary>Over any model; its engine goes with the server.</summary>
    public static async Task<RunningServer> StartAsync(ITextModel model, ServerOptions? options = null)
    {
        var server = new HttpServer(model, (options ?? new ServerOptions()) with { Port = 0 });
        await server.StartAsync();
        return new RunningServer(model.Engine, server);
    }

    /// <summary>Posts a body; the answer must be JSON.</summary>
    public async Task<(int Status, JsonElement Body)> PostAsync(string path, string json) =>
        await PostAsync(path, Encoding.UTF8.GetBytes(json));

    public async Task<(int Status, JsonElement Body)> PostAsync(string path, byte[] body)
    {
        using var response = await Client.PostAsync(path, Content(body));
        return ((int)response.StatusCode, await ReadAsync(response));
    }

    public async Task<(int Status, JsonElement Body)> GetAsync(string path)
    {
        using var response = await Client.GetAsync(path);
        return ((int)response.StatusCode, await ReadAsync(response));
    }

    /// <summary>Posts a body and reads the events of the stream: their data, [DONE] included.</summary>
    public async Task<IReadOnlyList<string>> StreamAsync(string path, string json)
    {
        using var response = await Client.PostAsync(path, Content(Encoding.UTF8.GetBytes(json)));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text[..^2].Split("\n\n").Select(line =>
        {
            Assert.StartsWith("data: ", line, StringComparison.Ordinal);
            return line["data: ".Length..];
        })];
    }

    /// <summary>Stops as a signal would.</summary>
    public Task StopAsync(CancellationToken now = default) => _server.StopAsync(now);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
    }

    /// <summary>Waits for something that another thread will soon do.</summary>
    public static async Task Until(Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
            await Task.Delay(10);
        Assert.True(condition());
    }

    static ByteArrayContent Content(byte[] body) => new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        return JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync()).RootElement;
    }
}
