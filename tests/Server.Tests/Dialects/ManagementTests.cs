using System.Net;
using System.Text.Json;
using KernelDsl.Testing;

namespace Kdsl.Tests.Dialects;

/// <summary>Health, state and control; on one port or on several.</summary>
public class ManagementTests
{
    static readonly string[] Management =
        ["/v2/health/live", "/v2/health/ready", "/health/timed", "/health/timed-5", "/info", "/v1/config", "/v1/status", "/v2/status", "/v2", "/metrics-json"];

    [Fact]
    public async Task Everything_OnOnePort_Answers()
    {
        await using var server = await RunningServer.StartAsync("x");
        foreach (var path in (string[])[.. Management, "/v2/models/org/bytes", "/v2/models/org/bytes/config", "/v2/models/org/bytes/ready", "/v2/models/org/bytes/getSlotCount"])
        {
            using var response = await server.Client.GetAsync(path);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {text}");
            if (text.Length > 0)
                JsonDocument.Parse(text);
        }
    }

    [Fact]
    public async Task Planes_OnTheirOwnPorts_AreNotThereOnOthers()
    {
        int port = FreePort();
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new() { Management = new IPEndPoint(IPAddress.Loopback, port) });
        using var management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        Assert.Equal(HttpStatusCode.OK, (await management.GetAsync("/v1/status")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await management.GetAsync("/v1/models")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Client.GetAsync("/v1/status")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/v1/models")).StatusCode);
    }

    [Fact]
    public async Task Ready_ModelThatMakesNoToken_Is503WhileLiveIs200()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(_ => new Script([]) { Hangs = true }), new() { StepTimeout = TimeSpan.FromMilliseconds(200) });
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/v2/health/live")).StatusCode);
        var (status, body) = await server.GetAsync("/v2/health/ready");
        Assert.Equal(503, status);
        Assert.Contains("No token", body.GetProperty("message").GetString());
        Assert.Equal("unhealthy", (await server.GetAsync("/health/timed-1")).Body.GetProperty("status").GetString());
        // The canary was taken back.
        await RunningServer.Until(() => server.Engine.Status.Running == 0);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("601")]
    [InlineData("x")]
    public async Task Timed_BadTime_IsNotFound(string seconds)
    {
        await using var server = await RunningServer.StartAsync("x");
        var (status, body) = await server.GetAsync($"/health/timed-{seconds}");
        Assert.Equal(404, status);
        Assert.Contains("1 to 600", body.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("?mode=Force", true)]
    public async Task StopService_AsksTheProcessToStop_Once(string query, bool force)
    {
        bool? asked = null;
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("x")), new() { Stop = now => asked = now });
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/stopService" + query)).StatusCode);
        await RunningServer.Until(() => asked is not null);
        Assert.Equal(force, asked);
        Assert.Equal(500, (await server.GetAsync("/stopService")).Status);
    }

    [Fact]
    public async Task Roles_AreRefusedWithTheReason()
    {
        await using var server = await RunningServer.StartAsync("x");
        var (status, body) = await server.PostAsync("/v1/role/prefill", "{}");
        Assert.Equal(501, status);
        Assert.Contains("one process", body.GetProperty("error").GetString());
    }

    /// <summary>A port of the loopback that nothing listened on just now.</summary>
    internal static int FreePort()
    {
        using var probe = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
