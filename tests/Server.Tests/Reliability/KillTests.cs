using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Kdsl.Tests.Reliability;

/// <summary>R8 of SERVE.md 8.4: whenever a server is killed, the next one starts at once, and nothing has to be cleaned.</summary>
public sealed class KillTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-kill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Kills fall into every stage of a start: before, while and after the packed weights are written.</summary>
    [Fact]
    public async Task Kill_AtAnyTime_LeavesNothingThatTheNextStartWouldTrust()
    {
        string[] arguments = [Path.Combine(DemoModelTests.RepoRoot, "models", "demo"), "--weight-cache", _folder];
        var random = new Random(8);
        string? expected = null;
        for (int i = 0; i < 5; i++)
        {
            // Half of the kills find a cache, and what it had written is cut where a disk might have cut it; the others find none, and may hit the writing of one.
            bool cached = i % 2 == 1;
            if (!cached)
                Array.ForEach(Directory.GetFiles(_folder), File.Delete);
            using var killed = KdslProcess.Start(["serve", "--port", "0", "--threads", "1", .. arguments]);
            await Task.Delay(random.Next(200, 2500));
            killed.Kill();
            await killed.WaitForExitAsync();
            if (cached)
                Cut(Directory.GetFiles(_folder).Single(), random);

            long started = Stopwatch.GetTimestamp();
            var (kdsl, url) = await KdslProcess.StartServingAsync(arguments);
            using var process = kdsl;
            Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 60);
            using var client = new HttpClient { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
            using var response = await client.PostAsJsonAsync("completions", new { prompt = "Hello", max_tokens = 20, temperature = 0, ignore_eos = true });
            string text = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("choices")[0].GetProperty("text").GetString()!;
            Assert.Equal(expected ??= text, text);
            kdsl.Kill();
            await kdsl.WaitForExitAsync();
            // Leftovers of the killed are gone, and the cache is there.
            Assert.EndsWith(".kdsl-weights", Assert.Single(Directory.GetFiles(_folder)), StringComparison.Ordinal);
        }
    }

    static void Cut(string file, Random random)
    {
        using var stream = File.OpenWrite(file);
        stream.SetLength((long)(random.NextDouble() * stream.Length));
    }
}
