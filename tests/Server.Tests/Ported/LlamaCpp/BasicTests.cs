namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_basic.py.</summary>
public class BasicTests(ScriptedServer scripted) : IClassFixture<ScriptedServer>
{
    [Fact]
    public async Task Health_OfAStartedServer_Is200() => Assert.Equal(200, (await scripted.Http.GetAsync("/health")).Status);

    [Fact]
    public async Task Models_ListTheOneThatIsServed()
    {
        var (status, body) = await scripted.Http.GetAsync("/v1/models");
        Assert.Equal(200, status);
        Assert.Equal("org/bytes", Assert.Single(body.GetProperty("data").EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Page_IsHtml() =>
        Assert.StartsWith("<!doctype html>", await scripted.Http.Client.GetStringAsync("/"), StringComparison.OrdinalIgnoreCase);
}
