using System.Globalization;
using System.Text.Json;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_metrics.py; every series carries model_name here.</summary>
public class MetricsTests : IAsyncLifetime
{
    RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await HashServer.StartAsync(limits => limits with { MaxSequences = 1 });

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("prompt_tokens_total", "counter")]
    [InlineData("prompt_tokens_cached_total", "counter")]
    [InlineData("tokens_predicted_total", "counter")]
    [InlineData("tokens_predicted_seconds_total", "counter")]
    [InlineData("n_decode_total", "counter")]
    [InlineData("spec_decode_num_draft_tokens_total", "counter")]
    [InlineData("spec_decode_num_accepted_tokens_total", "counter")]
    [InlineData("spec_decode_num_drafts_total", "counter")]
    [InlineData("prompt_tokens_seconds", "gauge")]
    [InlineData("predicted_tokens_seconds", "gauge")]
    [InlineData("requests_processing", "gauge")]
    [InlineData("requests_deferred", "gauge")]
    public async Task Series_HasItsTypeHelpAndAFiniteValue(string name, string type)
    {
        await AskAsync("I believe", 8);
        string text = await _server.Client.GetStringAsync("/metrics");
        Assert.Contains($"# TYPE llamacpp:{name} {type}\n", text, StringComparison.Ordinal);
        Assert.Contains($"# HELP llamacpp:{name} ", text, StringComparison.Ordinal);
        Assert.InRange(await ValueAsync(name), 0, double.MaxValue);
    }

    [Fact]
    public async Task PromptTokens_ThatWereKnown_AreCountedApart()
    {
        int prompt = 0, cached = 0;
        for (int i = 0; i < 2; i++)
        {
            var usage = await AskAsync("the quick brown fox jumps over the lazy dog", 4);
            prompt += usage.GetProperty("prompt_tokens").GetInt32();
            cached += usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32();
        }

        Assert.Equal(32, cached);
        Assert.Equal((prompt - cached, cached, cached), (await ValueAsync("prompt_tokens_total"), await ValueAsync("prompt_tokens_cached_total"), await ValueAsync("prompt_tokens_cache_total")));
    }

    [Fact]
    public async Task PredictedTokens_AreThoseOfTheRequests_AndNothingRunsAfterwards()
    {
        int predicted = 0;
        foreach (int count in (int[])[1, 4, 16])
            predicted += (await AskAsync("I believe", count)).GetProperty("completion_tokens").GetInt32();
        Assert.Equal((21, 21, 0), (predicted, await ValueAsync("tokens_predicted_total"), await ValueAsync("requests_processing")));
        Assert.InRange(await ValueAsync("n_decode_total"), 1, 21);
    }

    async Task<JsonElement> AskAsync(string prompt, int tokens) =>
        (await _server.PostAsync("/v1/completions", $$"""{"prompt":"{{prompt}}","max_tokens":{{tokens}}}""")).Body.GetProperty("usage");

    async Task<double> ValueAsync(string name)
    {
        string line = (await _server.Client.GetStringAsync("/metrics")).Split('\n').Single(l => l.StartsWith($"llamacpp:{name}{{", StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
