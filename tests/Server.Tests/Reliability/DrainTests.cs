using System.Text.Json;

namespace Kdsl.Tests.Reliability;

/// <summary>R2 of SERVE.md 8.4: a server that stops truncates no reply, and leaves no request on an open connection without one.</summary>
public class DrainTests
{
    const string Path = "/v1/completions";

    const string Long = """{"prompt":"Hello","max_tokens":150,"ignore_eos":true,"stream":true}""";

    const string Short = """{"prompt":"Hello","max_tokens":3,"ignore_eos":true}""";

    [Fact]
    public async Task Sigterm_UnderLoad_TruncatesNothing_AndAnswersOnEveryOpenConnection()
    {
        var (kdsl, url) = await KdslProcess.StartServingAsync("--drain-timeout", "600", "--max-batch", "20");
        using var process = kdsl;
        using var idle = await KeptConnection.OpenAsync(url);
        Assert.Equal(200, (await idle.PostAsync(Path, Short)).Status);

        var streams = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            var connection = await KeptConnection.OpenAsync(url);
            Assert.Equal(200, await connection.SendAsync(Path, Long));
            return connection;
        }));
        // Others ask again and again, until they are told to go.
        var loops = Enumerable.Range(0, 4).Select(_ => LoopAsync(url)).ToArray();
        kdsl.Signal(15);

        await Task.WhenAll(loops);
        await AssertTurnedAway(idle);
        await Task.WhenAll(streams.Select(async connection =>
        {
            Assert.EndsWith("data: [DONE]\n\n", await connection.ReadBodyAsync(), StringComparison.Ordinal);
            // Its head was sent before the signal, and promised to keep the connection.
            Assert.False(connection.Closes);
            await AssertTurnedAway(connection);
            connection.Dispose();
        }));
        await kdsl.WaitForExitAsync();
        Assert.Equal(0, kdsl.ExitCode);
    }

    /// <summary>Asks until it is refused, or told with an answer to go.</summary>
    static async Task LoopAsync(Uri url)
    {
        using var connection = await KeptConnection.OpenAsync(url);
        while (!connection.Closes)
        {
            var (status, body) = await connection.PostAsync(Path, Short);
            if (status == 503)
                Assert.True(connection.Closes);
            else
                Assert.Equal((200, "length"), (status, JsonDocument.Parse(body).RootElement.GetProperty("choices")[0].GetProperty("finish_reason").GetString()));
        }

        await connection.ReadEndAsync();
    }

    static async Task AssertTurnedAway(KeptConnection connection)
    {
        var (status, body) = await connection.PostAsync(Path, Short);
        Assert.Equal((503, true), (status, connection.Closes));
        Assert.Equal("shutting_down", JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("code").GetString());
        await connection.ReadEndAsync();
    }
}
