namespace Kdsl.Tests.Dialects;

/// <summary>OpenAI's routes name what they do not use: the seed's do_sample among it.</summary>
public class IgnoredFieldsTests
{
    [Theory]
    [InlineData("/v1/chat/completions", """{"messages":[{"role":"user","content":"x"}],"do_sample":true,"top_k":20,"priority":2,"timeout":30,"user":"me"}""", "do_sample, user")]
    [InlineData("/v1/completions", """{"prompt":"x","do_sample":true,"echo":false}""", "do_sample")]
    public async Task OpenAi_UnusedFields_AreInTheHeader(string path, string request, string names)
    {
        await using var server = await RunningServer.StartAsync("ok");
        using var response = await server.Client.PostAsync(path, new StringContent(request));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(names, Assert.Single(response.Headers.GetValues("X-Ignored-Params")));
    }

    [Fact]
    public async Task OpenAi_UsedFields_LeaveNoHeader()
    {
        await using var server = await RunningServer.StartAsync("ok");
        using var response = await server.Client.PostAsync("/v1/chat/completions", new StringContent("""{"messages":[{"role":"user","content":"x"}],"temperature":0,"response_format":{"type":"text"}}"""));
        Assert.False(response.Headers.Contains("X-Ignored-Params"));
    }
}
