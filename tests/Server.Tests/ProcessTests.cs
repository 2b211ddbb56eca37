namespace Kdsl.Tests;

/// <summary>The program itself, as a process with signals and pipes.</summary>
public class ProcessTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(2)]
    public async Task Serve_OnASignal_FinishesTheStreamAndExitsWith0(int signal)
    {
        var (kdsl, url) = await KdslProcess.StartServingAsync("--drain-timeout", "600");
        using var process = kdsl;
        using var client = new HttpClient { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };

        using var request = new HttpRequestMessage(HttpMethod.Post, "completions")
        {
            Content = new StringContent("""{"prompt":"Hello","max_tokens":1000,"ignore_eos":true,"stream":true}"""),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("data: {", await events.ReadLineAsync(), StringComparison.Ordinal);
        kdsl.Signal(signal);

        Assert.EndsWith("data: [DONE]\n\n", await events.ReadToEndAsync(), StringComparison.Ordinal);
        await kdsl.WaitForExitAsync();
        Assert.Equal(0, kdsl.ExitCode);
        Assert.Contains("stopping; 1 requests may finish", await kdsl.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generate_AndChatFromAPipe_PrintTheAnswerAlone()
    {
        var (prompt, answer) = DemoModelTests.Goldens().First();
        Assert.Equal((0, answer + "\n", ""), await KdslProcess.RunAsync("", "generate", "--temperature", "0", "--raw", "--prompt", prompt));
        Assert.Equal((0, answer + "\n", ""), await KdslProcess.RunAsync(prompt, "generate", "--temperature", "0", "--raw"));
        Assert.Equal((0, answer + "\n", ""), await KdslProcess.RunAsync("", "generate", "--temperature", "0", "--prompt", "Hello!"));
        Assert.Equal((0, "<think>\n" + answer + "\n", ""), await KdslProcess.RunAsync("Hello!\n", "chat", "--temperature", "0"));
    }
}
