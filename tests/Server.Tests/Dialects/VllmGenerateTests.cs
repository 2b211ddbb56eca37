using System.Text;

namespace Kdsl.Tests.Dialects;

/// <summary>/generate with <c>prompt</c>: vLLM's demonstration server, and MindIE.</summary>
public class VllmGenerateTests
{
    [Fact]
    public async Task Whole_IsPromptAndAnswer()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (status, body) = await server.PostAsync("/generate", """{"prompt":"Say: ","max_tokens":9,"temperature":0}""");
        Assert.Equal((200, """{"text":["Say: Hi"]}"""), (status, body.GetRawText()));
        Assert.Equal((9, 0f), (server.Engine.Requests[0].MaxTokens, server.Engine.Requests[0].Sampling.Temperature));
    }

    [Fact]
    public async Task Stream_IsObjectsThatEndInNul()
    {
        await using var server = await RunningServer.StartAsync("宫!");
        using var response = await server.Client.PostAsync("/generate", new StringContent("""{"prompt":"A","stream":true}"""));
        Assert.Equal("{\"text\":[\"宫\"]}\0{\"text\":[\"!\"]}\0{\"text\":[\"\"]}\0", Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync()));
    }

    [Fact]
    public async Task SeveralAnswers_AreSentToTheRouteThatHasThem()
    {
        await using var server = await RunningServer.StartAsync("Hi");
        var (status, body) = await server.PostAsync("/generate", """{"prompt":"A","n":2}""");
        Assert.Equal(422, status);
        Assert.Contains("/v1/completions", body.GetProperty("error").GetString());
    }
}
