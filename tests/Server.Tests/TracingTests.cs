using System.Text;

namespace Kdsl.Tests;

/// <summary>What the program sends to an OpenTelemetry collector.</summary>
public class TracingTests
{
    const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Parent = "00f067aa0ba902b7";

    [Fact]
    public async Task Request_WithATraceparent_HasItsPhasesInThatTrace()
    {
        await using var collector = await Collector.StartAsync();
        var (kdsl, url) = await KdslProcess.StartServingAsync(new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint, ["OTEL_SERVICE_NAME"] = "answers" });
        using var process = kdsl;
        using var client = new HttpClient { BaseAddress = url };
        using var request = new HttpRequestMessage(HttpMethod.Post, "completions") { Content = new StringContent("""{"prompt":"Hello","max_tokens":4}""") };
        request.Headers.Add("traceparent", $"00-{Trace}-{Parent}-01");
        (await client.SendAsync(request)).EnsureSuccessStatusCode();

        // Exporters send what they have when the server ends.
        kdsl.Signal(15);
        await kdsl.WaitForExitAsync();
        Assert.Equal(0, kdsl.ExitCode);
        foreach (byte[] id in (byte[][])[Convert.FromHexString(Trace), Convert.FromHexString(Parent)])
            Assert.True(collector.Has("/v1/traces", id), "the trace that the request belongs to");
        foreach (string text in (string[])["answers", "queue", "prefill", "decode"])
            Assert.True(collector.Has("/v1/traces", Encoding.UTF8.GetBytes(text)), text);
        Assert.True(collector.Has("/v1/metrics", "answers"u8), "metrics");
    }
}
