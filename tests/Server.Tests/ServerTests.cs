using System.Net;
using Kdsl.Http;
using KernelDsl.Testing;
using Kdsl.Tests.Reliability;

namespace Kdsl.Tests;

public class ServerTests
{
    const string Chat = "/v1/chat/completions";
    const string Body = """{"messages":[{"role":"user","content":"x"}]""";

    static ScriptedEngine Endless() => new(_ => new Script([.. Enumerable.Repeat((int)'a', 2000)]), Timeout.InfiniteTimeSpan);

    [Fact]
    public async Task Models_AreListedAndFoundByName()
    {
        await using var server = await RunningServer.StartAsync("ok");
        var (_, list) = await server.GetAsync("/v1/models");
        Assert.Equal("list", list.GetProperty("object").GetString());
        var card = Assert.Single(list.GetProperty("data").EnumerateArray());
        Assert.Equal(("org/bytes", "model", "kdsl", 2048), (card.GetProperty("id").GetString(), card.GetProperty("object").GetString(),
            card.GetProperty("owned_by").GetString(), card.GetProperty("max_model_len").GetInt32()));
        foreach (string name in (string[])["org/bytes", "org%2Fbytes"])
            Assert.Equal(card.GetRawText(), (await server.GetAsync($"/v1/models/{name}")).Body.GetRawText());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Client_ThatGoesAway_FreesItsSequences(bool stream)
    {
        await using var server = await RunningServer.StartAsync(Endless());
        using var gone = new CancellationTokenSource();
        string json = Body + $",\"n\":2,\"stream\":{(stream ? "true" : "false")}}}";
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new StringContent(json) };
        var sending = server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, gone.Token);
        await RunningServer.Until(() => server.Engine.Status.Running == 2);
        server.Engine.Step();
        if (stream)
        {
            using var response = await sending;
            using var body = await response.Content.ReadAsStreamAsync();
            Assert.NotEqual(-1, body.ReadByte());
        }
        else
        {
            await gone.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }

        await RunningServer.Until(() => server.Engine.Status.Running == 0);
        Assert.Equal(2, server.Engine.Cancelled);
        Assert.Equal("ok", (await server.GetAsync("/health")).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Health_CountsRunningSequences()
    {
        await using var server = await RunningServer.StartAsync(Endless());
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new StringContent(Body + ",\"stream\":true}") };
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var (status, health) = await server.GetAsync("/health");
        Assert.Equal((200, "org/bytes", 1), (status, health.GetProperty("model").GetString(), health.GetProperty("running").GetInt32()));
    }

    [Fact]
    public async Task Stop_LetsARunningStreamEndAndRefusesNewOnes()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script(ByteModel.Answer("done")), Timeout.InfiniteTimeSpan));
        var streaming = server.StreamAsync(Chat, Body + ",\"stream\":true}");
        await RunningServer.Until(() => server.Engine.Status.Running == 1);

        var stopping = server.StopAsync();
        using var late = new HttpClient { BaseAddress = server.Url };
        await RunningServer.Until(() => Refused(late));
        Assert.False(stopping.IsCompleted);
        for (int i = 0; i < 5; i++)
            server.Engine.Step();

        Assert.Equal("[DONE]", (await streaming)[^1]);
        await stopping;
        Assert.Equal(0, server.Engine.Cancelled);
    }

    [Fact]
    public async Task Stop_AfterItsTimeout_CutsRunningStreamsOff()
    {
        await using var server = await RunningServer.StartAsync(Endless(), new ServerOptions { DrainTimeout = TimeSpan.FromMilliseconds(100) });
        using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new StringContent(Body + ",\"stream\":true}") };
        using var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await server.StopAsync();
        await RunningServer.Until(() => server.Engine.Status.Running == 0);
        Assert.Equal(1, server.Engine.Cancelled);
    }

    [Fact]
    public async Task Address_InUse_IsAnIOException()
    {
        await using var server = await RunningServer.StartAsync("ok");
        await using var second = new HttpServer(new ByteModel(server.Engine), new ServerOptions { Port = server.Url.Port });
        await Assert.ThrowsAsync<IOException>(second.StartAsync);
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_AreClosed()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new ServerOptions { MaxConnections = 2 });
        using var first = await KeptConnection.OpenAsync(server.Url);
        using var second = await KeptConnection.OpenAsync(server.Url);
        Assert.Equal((200, 200), ((await first.PostAsync(Chat, Body + "}")).Status, (await second.PostAsync(Chat, Body + "}")).Status));

        using var third = await KeptConnection.OpenAsync(server.Url);
        await Assert.ThrowsAnyAsync<IOException>(() => third.PostAsync(Chat, Body + "}"));
        Assert.Equal(200, (await first.PostAsync(Chat, Body + "}")).Status);
    }

    [Fact]
    public async Task ManyClients_AtOnce_EachGetTheirOwnAnswer()
    {
        var engine = new ScriptedEngine(r => new Script([.. r.Prompt.ToArray(), ByteModel.End]), TimeSpan.FromMilliseconds(1));
        await using var server = await RunningServer.StartAsync(engine);
        await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
        {
            string json = $$"""{"prompt":"prompt {{i}} é","max_tokens":100""";
            if (i % 2 == 0)
            {
                var (status, body) = await server.PostAsync("/v1/completions", json + "}");
                Assert.Equal((200, $"prompt {i} é"), (status, body.GetProperty("choices")[0].GetProperty("text").GetString()));
            }
            else
            {
                var events = await server.StreamAsync("/v1/completions", json + ",\"stream\":true}");
                Assert.Equal($"prompt {i} é", string.Concat(events.SkipLast(1).Select(e =>
                    System.Text.Json.JsonDocument.Parse(e).RootElement.GetProperty("choices")[0].GetProperty("text").GetString())));
            }
        }));
        Assert.Equal((0, 0), (engine.Status.Running, engine.Cancelled));
    }

    static bool Refused(HttpClient client)
    {
        try
        {
            using var response = client.Send(new HttpRequestMessage(HttpMethod.Get, "/health"));
            return response.StatusCode == HttpStatusCode.ServiceUnavailable;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}
