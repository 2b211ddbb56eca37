using System.Text.Json;

namespace Kdsl.Tests.Ported.SgLang;

/// <summary>SGLang's features/test_json_mode.py and features/test_openai_server_ebnf.py of test/registered/openai_server; its EBNF is the notation that is called GBNF here.</summary>
public class StructuredAnswerTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task JsonMode_GivesAnObject_WithoutBeingAskedInTheText(bool stream)
    {
        const string fields = "\"response_format\":{\"type\":\"json_object\"},\"temperature\":0,\"max_tokens\":128";
        server.Says("{\"capital\": \"Sofia\"}. That is all I know.");
        string text = stream ? (await server.ChatStreamAsync(fields)).Joined("content") : (await server.ChoiceAsync(fields)).GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(text).RootElement.ValueKind);
    }

    [Theory]
    [InlineData("\\n        root ::= \\\"Hello\\\" | \\\"Hi\\\" | \\\"Hey\\\"\\n        ", "^(Hello|Hi|Hey)$")]
    [InlineData("\\n        root    ::= \\\"{\\\" pair \\\"}\\\"\\n        pair    ::= \\\"\\\\\\\"name\\\\\\\"\\\" \\\":\\\" string\\n        string  ::= \\\"\\\\\\\"\\\" [A-Za-z]+ \\\"\\\\\\\"\\\"\\n        ", "^\\{\"name\":\"[A-Za-z]+\"\\}$")]
    public async Task Ebnf_BindsTheAnswer(string grammar, string pattern)
    {
        var choice = await server.Babbles().ChoiceAsync($"\"ebnf\":\"{grammar}\",\"temperature\":0,\"max_tokens\":200");
        Assert.Matches(pattern, choice.GetProperty("message").GetProperty("content").GetString());
    }
}
