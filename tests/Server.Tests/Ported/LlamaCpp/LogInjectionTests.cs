namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The case of llama.cpp's tools/server/tests/unit/test_log_injection.py (CWE-117), on the parts of a request that are logged: its path, its query and its id.</summary>
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
        var log = kdsl.StandardOutput.ReadToEndAsync();
        var errors = kdsl.StandardError.ReadToEndAsync();
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(ready.Split(' ')[3].Replace("/v1", "/", StringComparison.Ordinal)) };
            using var request = new HttpRequestMessage(HttpMethod.Delete, $"/v1/stream%0D%0A{Forged}?conv_id=%0D%0A{Forged}");
            request.Headers.TryAddWithoutValidation("X-Request-Id", $"a\u0085{Forged}");
            using var response = await client.SendAsync(request);
            Assert.Equal(404, (int)response.StatusCode);
        }
        finally
        {
            kdsl.Kill();
        }

        string[] lines = (await log + await errors).Split('\n', '\r');
        Assert.DoesNotContain(lines, line => line.StartsWith(Forged, StringComparison.Ordinal));
        // The path is there, on its own line.
        Assert.Contains(lines, line => line.Contains("/v1/stream??" + Forged, StringComparison.Ordinal));
    }
}
