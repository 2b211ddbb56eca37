using System.Net;
using System.Net.Sockets;
using System.Text;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;
using Xunit.Abstractions;

namespace Kdsl.Tests.Reliability;

/// <summary>What must hold under stress (R1 to R12 of SERVE.md 8.4, as far as one process and no clock can show them).</summary>
public class ReliabilityTests(ITestOutputHelper output)
{
    /// <summary>The number of requests is 10000, or that of <see cref="Stress.Variable"/>.</summary>
    [Fact]
    public async Task R1_RandomRequestsWithRandomAborts_LeaveNothingBehind()
    {
        const int clients = 20;
        int each = Stress.Requests(usually: 10_000) / clients;
        await using var server = await LiveServer.StartAsync();
        int aborted = 0;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(async () =>
        {
            var random = new Random(client);
            for (int i = 0; i < each; i++)
            {
                // Some begin alike: pages are shared, and let go by whoever goes first.
                int[] prompt = [.. LiveServer.Prompt(random.Next(4), random.Next(0, 80)), .. LiveServer.Prompt((client * each) + i, random.Next(1, 40))];
                int tokens = random.Next(1, 60);
                using var patience = new CancellationTokenSource();
                if (random.Next(3) == 0)
                    patience.CancelAfter(random.Next(0, 20));
                try
                {
                    var (status, ids, _) = await server.InferAsync(prompt, tokens, patience.Token);
                    Assert.Equal(200, status);
                    Assert.Equal(LiveServer.Expected(prompt, tokens), ids);
                }
                catch (OperationCanceledException)
                {
                    Interlocked.Increment(ref aborted);
                }
            }
        })));

        Assert.InRange(aborted, 1, clients * each);
        // The engine audits its pages whenever it is idle, and stops when the books are wrong.
        await RunningServer.Until(() => server.Engine.Status == new EngineStatus(0, 0, LiveServer.Limits.PageCount, LiveServer.Limits.PageCount));
        Assert.Equal(LiveServer.Expected([1, 2], 5), (await server.InferAsync([1, 2], 5)).Ids);
        string metrics = await server.Client.GetStringAsync("/metrics");
        double Sum(string name) => metrics.Split('\n').Where(l => l.StartsWith(name + "{", StringComparison.Ordinal)).Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..]));
        Assert.Equal(Sum("request_received_total"), Sum("kdsl_requests_finished_total") + Sum("kdsl_requests_failed_total"));
        output.WriteLine($"{clients * each} requests, {aborted} given up by their clients; the server counts {Sum("request_received_total")} received, "
            + $"{Sum("kdsl_requests_finished_total")} finished and {Sum("kdsl_requests_failed_total")} failed");
    }

    [Fact]
    public async Task R2_StopUnderLoad_TruncatesNoReply()
    {
        await using var server = await LiveServer.StartAsync(new HashModel(LiveServer.Limits) { OnStep = (int _, in KernelDsl.Runtime.Model.StepInputs _) => Thread.Sleep(1) });
        var replies = Enumerable.Range(0, 40).Select(i => server.InferAsync(LiveServer.Prompt(i, 20), 60)).ToArray();
        await RunningServer.Until(() => server.Engine.Status.Running == LiveServer.Limits.MaxSequences);

        await server.StopAsync();

        int whole = 0;
        for (int i = 0; i < replies.Length; i++)
        {
            var (status, ids, _) = await replies[i];
            Assert.True(status is 200 or 503, $"{status}");
            if (status == 200)
            {
                Assert.Equal(LiveServer.Expected(LiveServer.Prompt(i, 20), 60), ids);
                whole++;
            }
        }

        Assert.InRange(whole, LiveServer.Limits.MaxSequences, replies.Length);
    }

    [Fact]
    public async Task R3_TwentyTimesTheLoad_BoundsTheLineAndTellsTheRestWhenToCome()
    {
        const int queue = 8;
        int most = 0;
        await using var server = await LiveServer.StartAsync(scheduling: new() { MaxQueued = queue });
        using var stop = new CancellationTokenSource();
        var watch = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, server.Engine.Status.Waiting);
                await Task.Yield();
            }
        });
        int served = 0, refused = 0;
        await Task.WhenAll(Enumerable.Range(0, 20 * (queue + LiveServer.Limits.MaxSequences)).Select(i => Task.Run(async () =>
        {
            int[] prompt = LiveServer.Prompt(i, 30);
            var (status, ids, response) = await server.InferAsync(prompt, 40);
            if (status == 200)
            {
                Assert.Equal(LiveServer.Expected(prompt, 40), ids);
                Interlocked.Increment(ref served);
                return;
            }

            Assert.Equal(429, status);
            Assert.InRange(response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 3600);
            Interlocked.Increment(ref refused);
        })));
        await stop.CancelAsync();
        await watch;

        Assert.True(served > queue && refused > 0, $"{served} served, {refused} refused");
        Assert.InRange(most, 0, queue);
    }

    [Fact]
    public async Task R4_StepThatHangs_TurnsReadinessOff_AndOnAgain()
    {
        using var hang = new ManualResetEventSlim(true);
        await using var server = await LiveServer.StartAsync(new HashModel(LiveServer.Limits) { OnStep = (int _, in KernelDsl.Runtime.Model.StepInputs _) => hang.Wait() },
            options: new() { StepTimeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/v2/health/ready")).StatusCode);

        hang.Reset();
        var stuck = server.InferAsync([1], 3);
        await RunningServer.Until(() => server.Engine.Counters.StepElapsed > TimeSpan.FromMilliseconds(300));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await server.Client.GetAsync("/v2/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.InternalServerError, (await server.Client.GetAsync("/v2/health/live")).StatusCode);

        hang.Set();
        Assert.Equal(LiveServer.Expected([1], 3), (await stuck).Ids);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/v2/health/ready")).StatusCode);
    }

    public static readonly TheoryData<string, string> Poison = new()
    {
        { "a million characters", "{\"inputs\":\"" + new string('x', 1_000_000) + "\"}" },
        { "deep JSON", "{\"inputs\":\"x\",\"parameters\":" + new string('[', 100_000) },
        { "NUL", "{\"inputs\":\"\\u0000\"}" },
        { "invalid UTF-8", "\u00ff" },
        { "half a surrogate", "{\"inputs\":\"\\ud800\"}" },
        { "a huge stop list", "{\"inputs\":\"x\",\"parameters\":{\"stop\":[" + string.Join(',', Enumerable.Repeat("\"a\"", 100_000)) + "]}}" },
        { "huge numbers", "{\"inputs\":\"x\",\"parameters\":{\"max_new_tokens\":1e300,\"seed\":99999999999999999999999}}" },
        { "a field a million times", "{" + string.Concat(Enumerable.Repeat("\"a\":1,", 200_000)) + "\"inputs\":\"x\"}" },
    };

    [Theory]
    [MemberData(nameof(Poison))]
    public async Task R5_PoisonRequest_HurtsNobodyElse(string what, string body)
    {
        await using var server = await LiveServer.StartAsync();
        var others = Enumerable.Range(0, 8).Select(i => server.InferAsync(LiveServer.Prompt(i, 30), 50)).ToArray();
        byte[] bytes = what == "invalid UTF-8" ? [.. "{\"inputs\":\""u8, 0xff, 0xfe, .. "\"}"u8] : Encoding.UTF8.GetBytes(body);
        using var response = await server.Client.PostAsync("/generate", new ByteArrayContent(bytes));
        Assert.True((int)response.StatusCode is 200 or 413 or 422, $"{what}: {response.StatusCode}");
        for (int i = 0; i < others.Length; i++)
            Assert.Equal(LiveServer.Expected(LiveServer.Prompt(i, 30), 50), (await others[i]).Ids);
    }

    [Fact]
    public async Task R10_ClientThatDoesNotRead_HoldsUpNobodyElse()
    {
        await using var server = await LiveServer.StartAsync();
        // Streams as long as the context, whose reader never reads: their sequences end or pause, and the others go on.
        using var lazy = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await lazy.ConnectAsync(IPAddress.Loopback, server.Url.Port);
        const string body = """{"prompt":"abc","stream":true,"max_tokens":400,"n":4,"temperature":1}""";
        await lazy.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        await RunningServer.Until(() => server.Engine.Counters.GeneratedTokens > 0);

        for (int i = 0; i < 20; i++)
            Assert.Equal(LiveServer.Expected(LiveServer.Prompt(i, 30), 50), (await server.InferAsync(LiveServer.Prompt(i, 30), 50)).Ids);
        lazy.Close();
        await RunningServer.Until(() => server.Engine.Status.Running == 0);
    }

    [Fact]
    public async Task R12_TornHttp_IsRefusedOrDropped_AndTheServerLives()
    {
        await using var server = await LiveServer.StartAsync();
        string[] torn =
        [
            "", "\r\n\r\n", "GET", "GET / HTTP/9.9\r\n\r\n", "POST /generate HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
            "POST /generate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", "POST /generate HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            "POST /generate HTTP/1.1\r\nHost: x\r\nX: " + new string('a', 100_000) + "\r\n\r\n", new string('\0', 1000),
            "POST /generate HTTP/1.1\r\nHost: x\r\nContent-Length: 14\r\n\r\n{\"inputs\":\"x\"}GET /health HTTP/1.1\r\nHost: x\r\n\r\n",
        ];
        foreach (string request in torn)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, server.Url.Port);
            await socket.SendAsync(Encoding.ASCII.GetBytes(request));
            socket.Shutdown(SocketShutdown.Send);
        }

        Assert.Equal(LiveServer.Expected([1, 2], 5), (await server.InferAsync([1, 2], 5)).Ids);
        await RunningServer.Until(() => server.Engine.Status.Running == 0);
    }
}
