using System.Text.Json;
using Kdsl.Serving;

namespace Kdsl.Tests.Ported;

/// <summary>The embedded model behind HTTP, started once for the tests of a class.</summary>
public sealed class DemoServer : IAsyncLifetime
{
    internal LoadedModel Model { get; private set; } = null!;

    internal RunningServer Http { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Model = LoadedModel.Open(new ModelOptions { Threads = 1 });
        Http = await RunningServer.StartAsync(Model);
    }

    public async Task DisposeAsync()
    {
        await Http.DisposeAsync();
        await Model.DisposeAsync();
    }

    /// <summary>Posts to a route that must answer with 200.</summary>
    internal async Task<JsonElement> AskAsync(string path, string json)
    {
        var (status, body) = await Http.PostAsync(path, json);
        Assert.True(status == 200, body.GetRawText());
        return body;
    }

    /// <summary>The events of a stream, without the mark of its end, which must be there.</summary>
    internal async Task<JsonElement[]> StreamAsync(string path, string json)
    {
        var events = await Http.StreamAsync(path, json);
        Assert.Equal("[DONE]", events[^1]);
        return [.. events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement)];
    }
}
