using System.Text.Json;
using Kdsl.Bench.Serving;
using Kdsl.Bench.Serving.Clients;
using Kdsl.Http;
using Kdsl.Serving;

namespace Kdsl.Tests.Bench;

/// <summary>The whole benchmark: from the flags to the tables and files.</summary>
public sealed class ServingBenchTests : IDisposable
{
    const string Event = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The answer is 72.\"},\"finish_reason\":\"stop\"}]}\n\n" +
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":6,\"total_tokens\":15}}\n\ndata: [DONE]\n\n";

    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-bench-").FullName;

    [Fact]
    public async Task Run_PrintsTheTables_AndWritesTheFiles()
    {
        await using var server = await FakeServer.StartAsync(("/v1/chat/completions", FakeServer.Reply(Event)));
        var options = Options(server.Url, 12) with { TestAccuracy = true, Concurrency = 3, WarmupSize = 2, SaveTokensPath = Path.Combine(_folder, "tokens.csv"), Reasoning = false };
        var (code, output, errors) = await RunAsync(options);
        Assert.Equal(0, code);
        Assert.StartsWith("The BenchMark test performance metric result is:\n+---------------------+", output, StringComparison.Ordinal);
        Assert.Contains("\nThe BenchMark test common metric result is:\n+------------------------+", output, StringComparison.Ordinal);
        Assert.Matches(@"\|\s+Returned \|\s+12\( 100\.0% \) \|", output);
        Assert.Matches(@"\|\s+accuracy \|\s+50\.0% \(6/12\) \|", output);
        Assert.Contains("accuracy: 6 correct, 6 wrong, 0 cut", output, StringComparison.Ordinal);
        Assert.Matches(@"\|\s+TTFT \|", output);
        Assert.EndsWith("Benchmark task completed successfully!\n", output, StringComparison.Ordinal);
        Assert.Contains("12/12 requests", errors, StringComparison.Ordinal);
        // Twelve and two that are not measured.
        Assert.Equal(14, server.Asked.Count);

        string[] performance = File.ReadAllLines(Directory.GetFiles(_folder, "result_perf_*.csv").Single());
        Assert.StartsWith("FirstTokenTime,DecodeTime,LastDecodeTime,", performance[0], StringComparison.Ordinal);
        Assert.Equal(9, performance.Length);
        Assert.Equal(string.Join(',', Enumerable.Repeat("12", 17)), performance[^1]);
        string[] common = File.ReadAllLines(Directory.GetFiles(_folder, "result_common_*.csv").Single());
        Assert.Contains(",12( 100.0% ),", common[1], StringComparison.Ordinal);
        Assert.Equal(12, File.ReadAllLines(options.SaveTokensPath!).Length);

        using var json = JsonDocument.Parse(File.ReadAllBytes(Directory.GetFiles(_folder, "result_*.json").Single()));
        var root = json.RootElement;
        Assert.Equal((12, 12, 0), (root.GetProperty("total").GetInt32(), root.GetProperty("returned").GetInt32(), root.GetProperty("failed").GetInt32()));
        Assert.Equal(6, root.GetProperty("accuracy").GetProperty("correct").GetInt32());
        Assert.Equal(6, root.GetProperty("performance").GetProperty("GeneratedTokens").GetProperty("average").GetDouble());
        Assert.StartsWith("Tokens of the answer", root.GetProperty("performance").GetProperty("GeneratedTokens").GetProperty("formula").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("performance").GetProperty("ForwardTime").GetProperty("average").ValueKind);
        var request = root.GetProperty("requests")[0];
        Assert.Equal(("stop", 6, "The answer is 72."), (request.GetProperty("finish").GetString(), request.GetProperty("output_tokens").GetInt32(), request.GetProperty("text").GetString()));
        Assert.True(request.GetProperty("ttft").GetDouble() > 0);
    }

    /// <summary>The seed's command, with another name for the program.</summary>
    [Fact]
    public async Task SeedsCommand_AgainstMindIE_PrintsTheSeedsTables()
    {
        const string Stream =
            "data:{\"id\":\"1\",\"model_name\":\"QwQ-32B\",\"model_version\":null,\"text_output\":\"It is\",\"details\":{\"generated_tokens\":1,\"first_token_cost\":null,\"decode_cost\":null,\"batch_size\":1,\"queue_wait_time\":5318},\"prefill_time\":28,\"decode_time\":null}\n\n" +
            "data:{\"id\":\"1\",\"model_name\":\"QwQ-32B\",\"model_version\":null,\"text_output\":\" 72\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":2,\"first_token_cost\":null,\"decode_cost\":null,\"batch_size\":1,\"queue_wait_time\":42},\"prefill_time\":null,\"decode_time\":29}\n\n";
        await using var server = await FakeServer.StartAsync(("/v2/models/QwQ-32B/generate_stream", FakeServer.Reply(Stream)), ("/v2/health/ready", static _ => Task.CompletedTask));
        string data = Options(server.Url, 20).DatasetPath!, url = server.Url.GetLeftPart(UriPartial.Authority);
        var (code, output, errors) = await KdslProcess.RunAsync("", "bench", "--DatasetPath", data, "--DatasetType", "gsm8k", "--ModelName", "QwQ-32B", "--ModelPath", Asking.Model, "--TestType", "client",
            "--Http", url, "--ManagementHttp", url, "--Concurrency", "10", "--DoSampling", "False", "--MaxOutputLen", "512", "--SavePath", _folder);
        Assert.True(code == 0, errors);
        Assert.Matches(@"\|\s+GeneratedTokens \|\s+2\.0 \|\s+2 \|\s+2 \|.*\| 20 \|", output);
        Assert.Matches(@"\|\s+QueueWaitTime \|\s+2680\.0 μs \|\s+5318 μs \|\s+42 μs \|.*\|\s+/ μs \|", output);
        Assert.Matches(@"\|\s+Concurrency \|\s+10 \|\n\|\s+ModelName \|\s+QwQ-32B \|\n\|\s+lpct \|", output);
        Assert.Contains("verdict: decode batch stays at 1 with 10 clients: raise maxPrefillBatchSize", output, StringComparison.Ordinal);
        Assert.Equal(30, server.Asked.Count);
    }

    [Fact]
    public async Task Server_ThatFailsNowAndThen_IsCountedAndTold()
    {
        int asked = 0;
        await using var server = await FakeServer.StartAsync(("/v1/chat/completions", context => (Interlocked.Increment(ref asked) % 4) switch
        {
            1 => FakeServer.Refuse(503, "{\"error\":\"busy\"}")(context),
            2 => FakeServer.Break("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"The\"},\"finish_reason\":null}]}\n\n")(context),
            _ => FakeServer.Reply(Event)(context),
        }));
        var (code, output, _) = await RunAsync(Options(server.Url, 8));
        Assert.Equal(0, code);
        Assert.Matches(@"\|\s+Failed \|\s+4\( 50\.0% \) \|", output);
        Assert.Contains("failed: 2 x HTTP 503: busy\n", output, StringComparison.Ordinal);
        Assert.Contains("failed: 2 x the connection closed before the answer's end\n", output, StringComparison.Ordinal);
        Assert.Contains("verdict: 4 of 8 requests failed", output, StringComparison.Ordinal);
        Assert.EndsWith("Benchmark task completed; 4 of 8 requests failed.\n", output, StringComparison.Ordinal);
        // N counts the requests that were measured.
        Assert.Matches(@"\|\s+InputTokens \|.*\| 4 \|", output);
    }

    [Fact]
    public async Task Server_ThatIsNotThere_EndsTheRunBeforeIt()
    {
        Uri url;
        await using (var gone = await FakeServer.StartAsync())
            url = gone.Url;
        var options = Options(url, 3) with { WarmupSize = 2 };
        var (code, output, errors) = await RunAsync(options);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("no warm-up request was answered: connection refused", errors, StringComparison.Ordinal);
        (code, output, _) = await RunAsync(options with { WarmupSize = 0 });
        Assert.Equal(1, code);
        Assert.Contains("failed: 3 x connection refused", output, StringComparison.Ordinal);
        Assert.DoesNotContain("successfully", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interruption_PrintsWhatWasMeasured()
    {
        int asked = 0;
        using var stop = new CancellationTokenSource();
        await using var server = await FakeServer.StartAsync(("/v1/chat/completions", context =>
        {
            if (Interlocked.Increment(ref asked) <= 2)
                return FakeServer.Reply(Event)(context);
            stop.Cancel();
            return FakeServer.Hang("")(context);
        }));
        var (code, output, _) = await RunAsync(Options(server.Url, 9) with { Concurrency = 1 }, stop.Token);
        Assert.Equal(130, code);
        Assert.Matches(@"\|\s+Total \|\s+2\[ 100\.0% \] \|", output);
    }

    [Fact]
    public async Task Rates_AreARunEach()
    {
        await using var server = await FakeServer.StartAsync(("/v1/chat/completions", FakeServer.Reply(Event)));
        var (code, output, _) = await RunAsync(Options(server.Url, 4) with { RequestRate = [500, 1000], Poisson = true, RequestNum = 2, RequestCount = 3 });
        Assert.Equal(0, code);
        Assert.Matches(@"\|\s+Request Rate \|\s+500\.0 req/s \|", output);
        Assert.Matches(@"\|\s+Request Rate \|\s+1000\.0 req/s \|", output);
        // Three questions twice, at two rates.
        Assert.Equal(12, server.Asked.Count);
    }

    [Fact]
    public async Task LongPrompts_AreCut_AndAdaptersAreNamed()
    {
        await using var server = await FakeServer.StartAsync(("/v1/completions", FakeServer.Reply(Event.Replace("delta\":{\"content\":", "x\":{},\"text\":", StringComparison.Ordinal).Replace("72.\"}", "72.\"", StringComparison.Ordinal))));
        string map = Path.Combine(_folder, "map.jsonl");
        File.WriteAllText(map, "{\"1\":\"adapter\"}\n");
        var (code, output, _) = await RunAsync(Options(server.Url, 2) with { Chat = false, MaxInputLen = 3, LoraDataMappingFile = map, Concurrency = 1 });
        Assert.Equal(0, code);
        Assert.Matches(@"\|\s+InputTokens \|\s+3\.0 \|\s+3 \|\s+3 \|", output);
        Assert.Equal(["m", "adapter"], server.Asked.Select(static a => a.Body.GetProperty("model").GetString()));
    }

    [Theory]
    [InlineData(nameof(TestType.OpenAi))]
    [InlineData(nameof(TestType.Engine))]
    public async Task DemoModel_OverHttpAndInProcess_IsMeasured(string type)
    {
        await using var model = LoadedModel.Open(new ModelOptions { Threads = 1 });
        await using var server = new HttpServer(model, new ServerOptions { Port = 0 });
        await server.StartAsync();
        string lengths = Path.Combine(_folder, "lengths.csv");
        File.WriteAllText(lengths, "input,output\n5,6\n9,4\n3,5\n");
        var options = Options(server.Url, 0) with { TestType = Enum.Parse<TestType>(type), ModelName = model.Name, DatasetType = "synthetic", DatasetPath = null, SyntheticConfigPath = lengths, Chat = false, Concurrency = 2, WarmupSize = 1 };
        var (code, output, _) = await RunAsync(options);
        Assert.Equal(0, code);
        Assert.Matches(@"\|\s+GeneratedTokens \|\s+5\.0 \|\s+6 \|\s+4 \|", output);
        Assert.Matches(@"\|\s+DecodeTime \|\s+[0-9]+\.[0-9]+ ms \|", output);
        await server.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task ReasoningModel_ThatIsAskedGreedilyAndShort_IsAdvised()
    {
        await using var server = await FakeServer.StartAsync(("/v1/chat/completions", FakeServer.Reply(Event)));
        var (_, _, errors) = await RunAsync(Options(server.Url, 1));
        Assert.Contains("this model thinks before it answers", errors, StringComparison.Ordinal);
        Assert.Contains("--MaxOutputLen 8 may cut thoughts", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(TestType.Tgi), nameof(TaskKind.StreamToken), "gsm8k", "drives MindIE's /infer_token")]
    [InlineData(nameof(TestType.Tgi), nameof(TaskKind.Stream), "synthetic", "--DatasetType synthetic needs a route")]
    [InlineData(nameof(TestType.Tgi), nameof(TaskKind.Stream), "tokenid", "/generate_stream takes no token ids")]
    [InlineData(nameof(TestType.Engine), nameof(TaskKind.Text), "gsm8k", "--TestType engine answers token by token")]
    [InlineData(nameof(TestType.OpenAi), nameof(TaskKind.Stream), "mtbench", "supported are gsm8k")]
    public async Task Flags_ThatDoNotFitTogether_AreRefused(string type, string kind, string dataset, string message)
    {
        File.WriteAllText(Path.Combine(_folder, "ids.csv"), "1,2\n");
        var options = Options(new Uri("http://127.0.0.1:9"), 1) with { TestType = Enum.Parse<TestType>(type), TaskKind = Enum.Parse<TaskKind>(kind), DatasetType = dataset };
        if (dataset is "tokenid" or "synthetic")
            options = options with { DatasetPath = Path.Combine(_folder, "ids.csv") };
        var refusal = await Assert.ThrowsAsync<UsageException>(() => RunAsync(options));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A run over so many questions, of which every other's answer is 72.</summary>
    ServingOptions Options(Uri server, int questions)
    {
        string data = Path.Combine(_folder, "questions.jsonl");
        File.WriteAllLines(data, Enumerable.Range(0, questions).Select(static i => $$"""{"question":"How many clips are there in all, number {{i}}?","answer":"#### {{(i % 2 == 0 ? 72 : 5)}}"}"""));
        return Asking.Options(server, TestType.OpenAi) with { DatasetPath = data, SavePath = _folder, Sampling = new SamplingFields(false, JsonElement.Parse("{}")) };
    }

    static async Task<(int Code, string Output, string Errors)> RunAsync(ServingOptions options, CancellationToken stop = default)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter());
        int code = await new ServingBench(options, output, TextWriter.Synchronized(errors), terminal: false).RunAsync(stop);
        return (code, output.ToString(), errors.ToString());
    }
}
