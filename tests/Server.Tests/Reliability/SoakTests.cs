using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace Kdsl.Tests.Reliability;

/// <summary>R9 of SERVE.md 8.4, for minutes instead of days: what requests leave behind shows as memory that grows with their number.</summary>
public class SoakTests(ITestOutputHelper output)
{
    const int Clients = 8;

    // A leak of 32 KiB a request shows in an ordinary run; a heap that breathes is not taken for one.
    const long MostGrowth = 24 << 20;

    /// <summary>The number of requests is 1000, or that of <see cref="Stress.Variable"/>. A quarter of them comes before the first measurement.</summary>
    [Fact]
    public async Task Memory_AfterThousandsOfRequests_IsWhatItWasAfterTheFirst()
    {
        int requests = Stress.Requests(usually: 1000);
        var (kdsl, url) = await KdslProcess.StartServingAsync("--kv-memory", "16MB");
        using var process = kdsl;
        using var client = new HttpClient { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            await AskAsync(client, 0, requests / 4);
            long warm = Resident(kdsl.Id);
            await AskAsync(client, requests / 4, requests);
            long grown = Resident(kdsl.Id) - warm;
            output.WriteLine($"{requests} requests: {warm >> 20} MiB after a quarter of them, {grown >> 10} KiB more at the end");
            Assert.True(grown < MostGrowth, $"{grown} bytes more after {requests - (requests / 4)} requests");
        }
        finally
        {
            kdsl.Kill();
        }
    }

    static Task AskAsync(HttpClient client, int first, int end) => Parallel.ForEachAsync(Enumerable.Range(first, end - first), new ParallelOptions { MaxDegreeOfParallelism = Clients },
        async (i, _) =>
        {
            // No two prompts and no two grammars are the same: what is kept of them must be bounded.
            var (path, body) = (i % 5) switch
            {
                0 => ("completions", $$"""{"prompt":"{{i}} apples and","max_tokens":4,"stream":true}"""),
                1 => ("completions", $$"""{"prompt":"Say","max_tokens":8,"guided_regex":"a{{i}}[b-d]{2}"}"""),
                2 => ("chat/completions", $$"""{"messages":[{"role":"user","content":"{{i}}?"}],"max_tokens":4,"n":2}"""),
                3 => ("chat/completions", $$"""{"messages":[{"role":"user","content":"{{i}}?"}],"max_tokens":-{{i}}}"""),
                _ => ("completions", $$"""{"prompt":"{{i}} pears and","max_tokens":400,"ignore_eos":true,"stream":true}"""),
            };
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            // The last kind goes away after the head.
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
            Assert.Equal(i % 5 == 3 ? 400 : 200, (int)response.StatusCode);
            if (i % 5 < 4)
                await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
        });

    /// <summary>Bytes of memory that a process occupies.</summary>
    static long Resident(int process) => 1024 * long.Parse(
        File.ReadLines($"/proc/{process}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
