using System.Globalization;
using System.Text.RegularExpressions;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;
using Kdsl.Observability;

namespace Kdsl.Tests;

/// <summary>/metrics: names, form, and that the numbers are those of the requests.</summary>
public partial class MetricsTests
{
    [Fact]
    public async Task Metrics_AfterRequests_CountThem()
    {
        await using var server = await RunningServer.StartAsync("Hello");
        for (int i = 0; i < 3; i++)
            await server.PostAsync("/v1/completions", """{"prompt":"abc","max_tokens":4}""");
        await server.StreamAsync("/generate_stream", """{"inputs":"A"}""");

        var metrics = await ReadAsync(server);

        Assert.Equal(4, metrics["""request_received_total{model_name="org/bytes"}"""]);
        Assert.Equal(4, metrics["""request_success_total{model_name="org/bytes"}"""]);
        Assert.Equal(3, metrics["""vllm:request_success_total{model_name="org/bytes",finished_reason="length"}"""]);
        Assert.Equal(1, metrics["""vllm:request_success_total{model_name="org/bytes",finished_reason="stop"}"""]);
        Assert.Equal(4, metrics["""vllm:time_to_first_token_seconds_count{model_name="org/bytes"}"""]);
        Assert.Equal(3 * 3 + 5, metrics["""vllm:inter_token_latency_seconds_count{model_name="org/bytes"}"""]);
        Assert.Equal(3 * 3 + 1, metrics["""request_prompt_tokens_sum{model_name="org/bytes"}"""]);
        Assert.Equal(3 * 4 + 6, metrics["""request_generation_tokens_sum{model_name="org/bytes"}"""]);
        Assert.Equal(3, metrics["""request_generation_tokens_bucket{model_name="org/bytes",le="5"}"""]);
    }

    [Fact]
    public async Task Metrics_FailuresAndAborts_HaveTheirReasons()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(request => request.Prompt.Length == 1
            ? new Script(ByteModel.Tokens("a")) { Failure = new GenerationException(GenerationError.LogitsNotFinite, "NaN") }
            : new Script(ByteModel.Tokens("a")) { Hangs = true }));
        await server.PostAsync("/v1/completions", """{"prompt":"x"}""");
        using (var patience = new CancellationTokenSource(200))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => server.Client.PostAsync("/v1/completions", new StringContent("""{"prompt":"xy"}"""), patience.Token));
        await RunningServer.Until(() => server.Engine.Cancelled == 1);

        var metrics = await ReadAsync(server);

        Assert.Equal(1, metrics["""kdsl_requests_failed_total{model_name="org/bytes",reason="logits_not_finite"}"""]);
        Assert.Equal(1, metrics["""kdsl_requests_finished_total{model_name="org/bytes",reason="abort"}"""]);
    }

    [Fact]
    public async Task Text_IsWellFormed_AndEveryNameHasItsHelp()
    {
        await using var server = await RunningServer.StartAsync("Hello");
        using var response = await server.Client.GetAsync("/metrics");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var lines = (await response.Content.ReadAsStringAsync()).TrimEnd('\n').Split('\n');
        foreach (var exposure in Exposures.All)
        {
            Assert.Contains(lines, l => l.StartsWith($"# HELP {exposure.Name} ", StringComparison.Ordinal) && l.Length > $"# HELP {exposure.Name} ".Length);
            Assert.Equal(exposure.Kind is ExposureKind.Counter, exposure.Name.EndsWith("_total", StringComparison.Ordinal));
        }

        Assert.Equal(Exposures.All.Count, Exposures.All.DistinctBy(e => e.Name).Count());
        Assert.All(lines.Where(l => l[0] != '#'), l => Assert.Matches(Line(), l));
    }

    static async Task<Dictionary<string, double>> ReadAsync(RunningServer server) =>
        (await server.Client.GetStringAsync("/metrics")).Split('\n').Where(l => l.Length > 0 && l[0] != '#')
            .ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    [GeneratedRegex("""^[a-zA-Z_:][a-zA-Z0-9_:]*\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\} [-+0-9.eE]+$""")]
    private static partial Regex Line();
}
