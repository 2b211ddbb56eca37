using System.Globalization;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/entrypoints/openai/chat_completion/test_non_object_body_validation.py, test_chat_logit_bias_validation.py, test_chat_stop_token_ids_validation.py and
/// test_thinking_token_budget_validation.py.
/// </summary>
public class RequestValidationTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    int Vocabulary => server.Http.Engine.Limits.VocabularySize;

    [Theory]
    [InlineData("\"this is not valid json{{{\"")]
    [InlineData("[\"not\",\"an\",\"object\"]")]
    [InlineData("42")]
    [InlineData("null")]
    public async Task Body_ThatIsNoObject_Is400(string body)
    {
        var error = await server.RefusedAsync(ScriptedServer.Chat, body);
        Assert.Contains("object", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LogitBias_OfTheLastToken_IsUsed()
    {
        await server.Says("ok").ChatAsync($"\"logit_bias\":{{\"{Vocabulary - 1}\":1.0}},\"max_tokens\":5");
        Assert.Equal(1f, server.Last.Sampling.LogitBias![Vocabulary - 1]);
    }

    [Fact]
    public async Task LogitBias_BeyondTheVocabulary_NamesTheTokenAndTheBound()
    {
        string message = (await RefusedAsync($"\"logit_bias\":{{\"{Vocabulary + 1}\":1.0}}", "logit_bias"));
        Assert.Contains((Vocabulary + 1).ToString(CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
        Assert.Contains((Vocabulary - 1).ToString(CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"not_a_token_id\":50}", "logit_bias", "not_a_token_id")]
    [InlineData("{\"1\":\"not_a_number\"}", "logit_bias.1", "logit_bias.1")]
    // All of them, not the first alone.
    [InlineData("{\"bad1\":50.0,\"bad2\":20.0}", "logit_bias", "'bad1', 'bad2'")]
    public async Task LogitBias_Malformed_NamesIt(string map, string param, string named) =>
        Assert.Contains(named, await RefusedAsync($"\"logit_bias\":{map}", param), StringComparison.Ordinal);

    [Fact]
    public async Task StopTokenIds_OfTheVocabulary_AreUsed()
    {
        await server.Says("ok").ChatAsync($"\"stop_token_ids\":[{Vocabulary - 1}],\"max_tokens\":5");
        Assert.Contains(Vocabulary - 1, server.Last.StopTokens);
    }

    [Fact]
    public async Task StopTokenIds_BeyondTheVocabulary_NamesTheTokenAndTheBound()
    {
        string message = await RefusedAsync($"\"stop_token_ids\":[{Vocabulary + 1}]", "stop_token_ids");
        Assert.Contains((Vocabulary + 1).ToString(CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
        Assert.Contains((Vocabulary - 1).ToString(CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
    }

    [Fact]
    public Task StopTokenIds_Negative_Are400() => RefusedAsync("\"stop_token_ids\":[-1]", "stop_token_ids");

    [Theory]
    [InlineData("-2")]
    [InlineData("0.6")]
    [InlineData("10.5")]
    public Task ThinkingBudget_ThatIsNone_Is400(string value) => RefusedAsync($"\"thinking_token_budget\":{value}", "thinking_token_budget");

    [Theory]
    [InlineData(10)]
    [InlineData(-1)]
    public Task ThinkingBudget_OrNoLimit_IsAccepted(int value) => server.Says("ok").ChatAsync($"\"thinking_token_budget\":{value}");

    async Task<string> RefusedAsync(string fields, string param)
    {
        var error = await server.RefusedAsync(ScriptedServer.Chat, ScriptedServer.Message(fields));
        Assert.Equal(param, error.GetProperty("param").GetString());
        return error.GetProperty("message").GetString()!;
    }
}
