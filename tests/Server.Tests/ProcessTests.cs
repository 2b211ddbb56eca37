using System.Runtime.InteropServices;

namespace Kdsl.Tests;

/// <summary>The program itself, as a process with signals and pipes.</summary>
public class ProcessTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(2)]
    public async Task Serve_OnASignal_FinishesTheStreamAndExitsWith0(int signal)
    {
        using var kdsl = KdslProcess.Start("serve", "--port", "0", "--threads", "1", "--drain-timeout", "600");
        string ready = (await kdsl.StandardOutput.ReadLineAsync())!;
        Assert.StartsWith("kdsl: ready on http://127.0.0.1:", ready, StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = new Uri(ready.Split(' ')[3] + "/"), Timeout = Timeout.InfiniteTimeSpan };

        using var request = new HttpRequestMessage(HttpMethod.Post, "completions")
        {
            Content = new StringContent("""{"prompt":"Hello","max_tokens":1000,"ignore_eos":true,"stream":true}"""),
        };
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.StartsWith("data: {", await events.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, Kill(kdsl.Id, signal));

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

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int process, int signal);
}
