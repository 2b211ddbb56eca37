using System.Text;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Testing;
using Kdsl.Http;

namespace Kdsl.Tests.Reliability;

/// <summary>HTTP over the real engine and a model without arithmetic, whose answers are known: scheduling, pages and cancelling are all real.</summary>
sealed class LiveServer : IAsyncDisposable
{
    public static readonly ModelLimits Limits = HashModel.SmallLimits with
    {
        VocabularySize = 300, SampledVocabularySize = 250, ContextLength = 512, PageSize = 16, PageCount = 128, MaxSequences = 8,
    };

    readonly HttpServer _server;

    LiveServer(Engine engine, HttpServer server)
    {
        (Engine, _server) = (engine, server);
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1000 }) { BaseAddress = server.Url };
    }

    public Engine Engine { get; }

    public HttpClient Client { get; }

    public Uri Url => _server.Url;

    public static async Task<LiveServer> StartAsync(HashModel? model = null, SchedulingOptions? scheduling = null, ServerOptions? options = null)
    {
        var engine = new Engine(model ?? new HashModel(Limits), scheduling: scheduling);
        var server = new HttpServer(new ByteModel(engine), (options ?? new ServerOptions()) with { Port = 0 });
        await server.StartAsync();
        return new LiveServer(engine, server);
    }

    /// <summary>Asks for a greedy continuation of ids, as ids: the one route whose answer is exact for any bytes.</summary>
    public async Task<(int Status, int[] Ids, HttpResponseMessage Response)> InferAsync(int[] prompt, int tokens, CancellationToken cancellation = default)
    {
        string body = $$$"""{"inputs":[{"name":"input0","shape":[1,{{{prompt.Length}}}],"datatype":"UINT32","data":[{{{string.Join(',', prompt)}}}]}],"parameters":{"do_sample":false,"max_new_tokens":{{{tokens}}}}}""";
        var response = await Client.PostAsync("/v2/models/org/bytes/infer", new StringContent(body, Encoding.UTF8, "application/json"), cancellation);
        string text = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode)
            return ((int)response.StatusCode, [], response);
        using var json = System.Text.Json.JsonDocument.Parse(text);
        return (200, [.. json.RootElement.GetProperty("outputs")[0].GetProperty("data").EnumerateArray().Select(id => id.GetInt32())], response);
    }

    /// <summary>What the definition says.</summary>
    public static List<int> Expected(int[] prompt, int tokens) => HashModel.Greedy(prompt, Math.Min(tokens, Limits.ContextLength - prompt.Length), Limits);

    public static int[] Prompt(int seed, int length)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(Limits.SampledVocabularySize))];
    }

    public Task StopAsync(CancellationToken now = default) => _server.StopAsync(now);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.StopAsync(new CancellationToken(canceled: true));
        await _server.DisposeAsync();
        await Engine.DisposeAsync();
    }
}
