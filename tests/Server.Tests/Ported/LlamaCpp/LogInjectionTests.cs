using System.Collections.Concurrent;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The case of llama.cpp's tools/server/tests/unit/test_log_injection.py (CWE-117), with the line ends in the path too, which is logged here.</summary>
public class LogInjectionTests
{
    const string Forged = "FORGED-LOG-LINE-SHOULD-NOT-STAND-ALONE";

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task LineEnds_OfARequest_WriteNoLines(string format)
    {
        using var kdsl = KdslProcess.Start("serve", "--port", "0", "--threads", "1", "--log-level", "Info", "--log-format", format);
        string ready = (await kdsl.StandardOutput.ReadLineAsync())!;
        var lines = new ConcurrentQueue<string>();
        var reading = Task.WhenAll(ReadAsync(kdsl.StandardOutput), ReadAsync(kdsl.StandardError));
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(ready.Split(' ')[3]) };
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"/v1/stream%0D%0A{Forged}?conv_id=%0D%0A{Forged}");
            using var response = await client.SendAsync(request);
            Assert.Equal(404, (int)response.StatusCode);
            await RunningServer.Until(() => lines.Any(line => line.Contains(Forged, StringComparison.Ordinal)));
        }
        finally
        {
            kdsl.Kill();
        }

        await reading;
        Assert.DoesNotContain(lines, line => line.StartsWith(Forged, StringComparison.Ordinal));
        // The path is there, on a line of the server's own.
        Assert.Contains(lines, line => line.Contains("/v1/stream??" + Forged, StringComparison.Ordinal));

        async Task ReadAsync(StreamReader output)
        {
            while (await output.ReadLineAsync() is { } line)
                lines.Enqueue(line);
        }
    }
}
