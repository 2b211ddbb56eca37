using System.Net;
using System.Net.Sockets;
using Kdsl.Bench.Serving;
using Microsoft.AspNetCore.Http;

namespace Kdsl.Tests.Bench;

/// <summary>Servers that do not answer as they should: the request has failed, and the reason says how.</summary>
public class FailureTests
{
    const string OneToken = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":null}]}\n\n";

    public static TheoryData<Func<HttpContext, Task>, string> Servers => new()
    {
        { FakeServer.Refuse(503, """{"error":"The service has been stopped.","error_type":"Service Unavailable"}"""), "HTTP 503: The service has been stopped." },
        { FakeServer.Refuse(429, """{"error":{"message":"slow down","type":"rate_limit","code":null}}"""), "HTTP 429: slow down" },
        { FakeServer.Refuse(422, """{"error":"{\"Error\": \"`inputs` must be necessary\", \"error_type\": \"validation\"}","error_type":"Input Validation Error"}"""), "HTTP 422: `inputs` must be necessary" },
        { FakeServer.Refuse(500, "Server internal\nerror"), "HTTP 500: Server internal error" },
        { FakeServer.Break(OneToken), "the connection closed before the answer's end" },
        { FakeServer.Reply(OneToken), "the stream stopped before the answer's end" },
        { FakeServer.Reply(OneToken + "data: {\"error\":{\"message\":\"out of memory\",\"type\":\"server_error\",\"code\":null}}\n\n"), "the server said: out of memory" },
        { FakeServer.Reply(OneToken + "Engine callback timeout: 600 s"), "the server wrote into the stream: Engine callback timeout: 600 s" },
        { FakeServer.Reply("data: {\"choices\":\n\n"), "the server sent what is not JSON" },
        { FakeServer.Reply("data: [1, 2]\n\ndata: [DONE]\n\n"), "the answer is empty" },
        { FakeServer.Reply("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"), "the answer is empty" },
        { FakeServer.Hang(OneToken), "no end within 1 s (--RequestTimeOut)" },
        { FakeServer.Hang(""), "no end within 1 s (--RequestTimeOut)" },
    };

    [Theory]
    [MemberData(nameof(Servers), DisableDiscoveryEnumeration = true)]
    public async Task Request_Fails_WithTheReason(Func<HttpContext, Task> answer, string reason)
    {
        await using var server = await FakeServer.StartAsync(("/v1/chat/completions", answer));
        bool hangs = reason.Contains("RequestTimeOut", StringComparison.Ordinal);
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.OpenAi) with { RequestTimeOut = hangs ? TimeSpan.FromSeconds(1) : null });
        Assert.Equal(reason, result.Failure);
    }

    [Fact]
    public async Task Nobody_ThereIsToldAsSuch()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = new Uri($"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}");
        taken.Stop();
        Assert.Equal("connection refused", (await Asking.AskAsync(Asking.Options(url, TestType.OpenAi))).Failure);
    }
}
