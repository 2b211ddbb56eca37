using System.Text.Json;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>
/// TGI's integration-tests/models/test_json_schema_constrain.py, test_grammar_response_format_llama.py and test_grammar_llama.py: schemas as TGI's clients write them. Formats and tools
/// go together here.
/// </summary>
public class GrammarTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Person = """
        {"type":"object","$id":"https://example.com/person.schema.json","$schema":"https://json-schema.org/draft/2020-12/schema","title":"Person","properties":{
        "firstName":{"type":"string","description":"The person's first name.","minLength":4,"maxLength":9},"lastName":{"type":"string","minLength":4,"maxLength":9},
        "hobby":{"type":"string","minLength":4,"maxLength":9},"numCats":{"type":"integer","minimum":0}},"required":["firstName","lastName","hobby","numCats"]}
        """;

    const string Complex = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":5},"age":{"type":"integer","minimum":0},"address":{"type":"object","properties":{"street":{"type":"string","maxLength":5},
        "city":{"type":"string","maxLength":5},"postalCode":{"type":"string","maxLength":5}},"required":["street","city"]},"hobbies":{"type":"array","items":{"type":"string","maxLength":5},"minItems":1,"maxItems":3}},
        "required":["name","age","hobbies"]}
        """;

    const string Weather = """{"type":"object","properties":{"unit":{"type":"string","maxLength":12},"temperature":{"type":"array","items":{"type":"integer"},"maxItems":3}},"required":["unit","temperature"]}""";

    [Theory]
    [InlineData($$$$"""{"type":"json_schema","value":{"name":"person","strict":true,"schema":{{{{Person}}}}}}""", "firstName,lastName,hobby,numCats")]
    [InlineData($$$$"""{"type":"json_schema","value":{"name":"complex_person","strict":true,"schema":{{{{Complex}}}}}}""", "name,age,hobbies")]
    [InlineData($$$$"""{"type":"json_object","value":{{{{Weather}}}}}""", "unit,temperature")]
    [InlineData($$$$"""{"type":"json","value":{{{{Weather}}}}}""", "unit,temperature")]
    [InlineData($$$$"""{"type":"json_schema","value":{"name":"weather","strict":true,"schema":{{{{Weather}}}}}}""", "unit,temperature")]
    public async Task ResponseFormat_OfTgi_IsKept(string format, string required)
    {
        string fields = $"\"response_format\":{format},\"seed\":42,\"max_tokens\":1500";
        string whole = (await server.Babbles().ChoiceAsync(fields)).GetProperty("message").GetProperty("content").GetString()!;
        string streamed = (await server.ChatStreamAsync(fields)).Joined("content");
        Assert.Equal(whole, streamed);
        var value = JsonDocument.Parse(whole).RootElement;
        Assert.All(required.Split(','), name => Assert.True(value.TryGetProperty(name, out _), whole));
        if (value.TryGetProperty("numCats", out var cats))
            Assert.True(cats.GetDecimal() >= 0);
    }

    /// <summary>What differs: TGI refuses a format beside tools, even beside none of them.</summary>
    [Fact]
    public async Task ResponseFormat_GoesWithTools()
    {
        var choice = await server.Says("{\"unit\": \"celsius\", \"temperature\": [1]}").ChoiceAsync($$"""{{"\"tools\":[]"}},"response_format":{"type":"json_object","value":{{Weather}}}""");
        Assert.Equal("{\"unit\": \"celsius\", \"temperature\": [1]}", choice.GetProperty("message").GetProperty("content").GetString());
    }

    /// <summary>The parameter <c>grammar</c> of the routes of raw text; its schema may be a string that holds JSON.</summary>
    [Theory]
    [InlineData($$"""{"type":"json","value":{{Person}}}""", "^\\s*\\{\\s*\"firstName\"")]
    [InlineData("{\"type\":\"json\",\"value\":\"{\\\"type\\\":\\\"object\\\",\\\"properties\\\":{\\\"a\\\":{\\\"type\\\":\\\"boolean\\\"}},\\\"required\\\":[\\\"a\\\"]}\"}", "^\\s*\\{\\s*\"a\"\\s*:\\s*(true|false)\\s*\\}\\s*$")]
    [InlineData("{\"type\":\"regex\",\"value\":\"((25[0-5]|1\\\\d\\\\d|[1-9]?\\\\d)\\\\.){3}[1-9]\"}", "^(\\d{1,3}\\.){3}\\d$")]
    public async Task Grammar_OfRawText_IsKept(string grammar, string pattern)
    {
        var body = await server.Babbles().PostAsync("/generate", $$$$"""{"inputs":"info: david holtz like trees and has two cats. ","parameters":{"max_new_tokens":1500,"seed":0,"grammar":{{{{grammar}}}}}}""");
        Assert.Matches(pattern, body.GetProperty("generated_text").GetString());
    }

    [Theory]
    [InlineData("{\"type\":\"regex\",\"value\":\"[.*\"}", "parameters.grammar.value")]
    [InlineData("{\"type\":\"json\",\"value\":{\"type\":\"kaboom\"}}", "parameters.grammar.value")]
    [InlineData("{\"type\":\"yaml\",\"value\":\"a\"}", "parameters.grammar.type")]
    [InlineData("{\"value\":\"a\"}", "parameters.grammar.type")]
    public async Task Grammar_ThatCannotBeServed_Is422(string grammar, string named)
    {
        var (status, body) = await server.Http.PostAsync("/generate", $$$$"""{"inputs":"x","parameters":{"grammar":{{{{grammar}}}}}}""");
        Assert.Equal((422, "validation"), (status, body.GetProperty("error_type").GetString()));
        Assert.Contains(named, body.GetProperty("error").GetString(), StringComparison.Ordinal);
    }
}
