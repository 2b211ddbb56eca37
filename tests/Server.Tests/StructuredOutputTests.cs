using System.Text.Json;
using System.Text.RegularExpressions;
using KernelDsl.Runtime.Engine;
using KernelDsl.Testing;

namespace Kdsl.Tests;

/// <summary>Formats over HTTP, by a real engine whose model says random bytes: nothing but the grammar makes its answers valid.</summary>
public class StructuredOutputTests
{
    const string Path = "/v1/chat/completions";

    const string Schema = """{"type":"object","properties":{"name":{"type":"string","maxLength":5},"age":{"type":"integer","minimum":0,"maximum":150}},"required":["name","age"]}""";

    static Engine RandomBytes() => new(new HashModel(HashModel.SmallLimits with { ContextLength = 1024, PageCount = 1024, VocabularySize = 320, SampledVocabularySize = 257 }));

    static string Body(string more, string prompt = "x") => $$"""{"messages":[{"role":"user","content":"{{prompt}}"}],"temperature":1,"max_tokens":700,{{more}}}""";

    static string ContentOf(JsonElement body) => body.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    [Theory]
    [InlineData($$$$"""{"response_format":{"type":"json_schema","json_schema":{"name":"person","schema":{{{{Schema}}}},"strict":true}}}""")]
    [InlineData($$$$"""{"guided_json":{{{{Schema}}}}}""")]
    [InlineData($$$$"""{"structured_outputs":{"json":{{{{Schema}}}}}}""")]
    public async Task Schema_InEveryForm_IsKept(string format)
    {
        await using var server = await RunningServer.StartAsync(RandomBytes());
        for (int i = 0; i < 5; i++)
        {
            var (status, body) = await server.PostAsync(Path, Body(format[1..^1] + $",\"seed\":{i}"));
            Assert.Equal(200, status);
            Assert.Equal("stop", body.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            var person = JsonDocument.Parse(ContentOf(body)).RootElement;
            Assert.InRange(person.GetProperty("age").GetInt32(), 0, 150);
            Assert.InRange(person.GetProperty("name").GetString()!.EnumerateRunes().Count(), 0, 5);
        }
    }

    [Theory]
    [InlineData(""" "guided_regex":"[a-c]{2}-\\d{3}" """, "^[a-c]{2}-[0-9]{3}$")]
    [InlineData(""" "structured_outputs":{"regex":"x+y?z"},"stop":"never" """, "^x+y?z$")]
    [InlineData(""" "guided_choice":["yes","no","é"] """, "^(yes|no|é)$")]
    [InlineData(""" "structured_outputs":{"choice":["a","b"]},"ignore_eos":true """, "^(a|b)$")]
    [InlineData(""" "guided_grammar":"root ::= \"<\" root \">\" | [0-9]" """, "^<*[0-9]>*$")]
    public async Task Texts_OfEveryForm_AreKept(string format, string pattern)
    {
        await using var server = await RunningServer.StartAsync(RandomBytes());
        var (status, body) = await server.PostAsync(Path, Body(format));
        Assert.True(status == 200, body.GetRawText());
        Assert.Matches(new Regex(pattern), ContentOf(body));
        var (_, completion) = await server.PostAsync("/v1/completions", """{"prompt":"p","max_tokens":500,""" + format + "}");
        Assert.Matches(new Regex(pattern), completion.GetProperty("choices")[0].GetProperty("text").GetString()!);
    }

    [Fact]
    public async Task Formats_SideBySide_DoNotChangeAFreeRequest()
    {
        await using var server = await RunningServer.StartAsync(RandomBytes());
        string free = """{"messages":[{"role":"user","content":"free"}],"temperature":0,"max_tokens":60,"logit_bias":{"256":-100}}""";
        var (_, alone) = await server.PostAsync(Path, free);
        var crowd = Enumerable.Range(0, 6).Select(i => server.PostAsync(Path, Body($"\"guided_json\":{Schema},\"n\":2", $"p{i}"))).ToArray();
        var (_, among) = await server.PostAsync(Path, free);
        Assert.Equal(ContentOf(alone), ContentOf(among));
        foreach (var (status, body) in await Task.WhenAll(crowd))
        {
            Assert.Equal(200, status);
            Assert.All(body.GetProperty("choices").EnumerateArray(), c => JsonDocument.Parse(c.GetProperty("message").GetProperty("content").GetString()!));
        }
    }

    [Fact]
    public async Task Format_OfAThinkingModel_BeginsAfterTheThought()
    {
        await using var server = await RunningServer.StartThinkingAsync("{not json}</think>\n\n{\"name\":\"Al\",\"age\":7}");
        var (_, body) = await server.PostAsync(Path, Body($"\"guided_json\":{Schema}"));
        Assert.Equal("{not json}", body.GetProperty("choices")[0].GetProperty("message").GetProperty("reasoning_content").GetString());
        Assert.Equal("\n\n{\"name\":\"Al\",\"age\":7}", ContentOf(body));
    }

    [Fact]
    public async Task Format_WithABudgetOfThought_IsKeptBehindTheForcedMark()
    {
        await using var server = await RunningServer.StartThinkingAsync("endless thought</think>\n\n\"no\"");
        var (_, body) = await server.PostAsync(Path, Body(""" "guided_choice":["yes","no"],"thinking_token_budget":7 """));
        var message = body.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal("endless\n", message.GetProperty("reasoning").GetString());
        Assert.Contains(message.GetProperty("content").GetString()!.Trim(), (string[])["yes", "no"]);
    }

    [Theory]
    [InlineData(""" "response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"kaboom"}}} """, "response_format.json_schema.schema", "kaboom")]
    [InlineData(""" "response_format":{"type":"json_schema"} """, "response_format.json_schema", "Missing")]
    [InlineData(""" "response_format":{} """, "response_format.type", "Missing")]
    [InlineData(""" "guided_json":{"not":{}} """, "guided_json", "'not'")]
    [InlineData(""" "guided_json":"{" """, "guided_json", "JSON")]
    [InlineData(""" "guided_json":[1] """, "guided_json", "JSON Schema")]
    [InlineData(""" "guided_regex":"[.*" """, "guided_regex", "not closed")]
    [InlineData(""" "guided_regex":"(a|b)*a(a|b){60}" """, "guided_regex", "states")]
    [InlineData(""" "guided_grammar":"" """, "guided_grammar", "root")]
    [InlineData(""" "guided_grammar":"root ::= root \"a\" | \"b\"" """, "guided_grammar", "left recursion")]
    [InlineData(""" "guided_choice":[] """, "guided_choice", "empty")]
    [InlineData(""" "guided_choice":["a"],"guided_regex":"b" """, "guided_choice", "both")]
    [InlineData(""" "structured_outputs":{"json":{"type":"array","minItems":65000,"items":{"type":"array","minItems":65000,"items":{"type":"array","minItems":65000,"items":{"minLength":65000}}}}} """, "structured_outputs.json", "nodes")]
    public async Task Format_ThatCannotBeServed_IsRefusedAndHurtsNobody(string format, string param, string reason)
    {
        await using var server = await RunningServer.StartAsync(RandomBytes());
        var (status, body) = await server.PostAsync(Path, Body(format));
        Assert.True(status == 400, body.GetRawText());
        Assert.Equal(param, body.GetProperty("error").GetProperty("param").GetString());
        Assert.Contains(reason, body.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.PostAsync(Path, Body("\"n\":1"))).Status);
    }
}
