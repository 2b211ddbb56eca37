using System.Text.Json;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/tool_parsers/common_tests.py, what every parser must do, for the form of Hermes and Qwen; over HTTP, whole and streamed.</summary>
public class CommonToolParserTests(ScriptedServer server) : IClassFixture<ScriptedServer>
{
    const string Tools = """
        "tools":[{"function":{"name":"get_weather"}},{"function":{"name":"get_time"}}]
        """;

    const string Single = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Tokyo\"}}\n</tool_call>";
    const string Parallel = Single + "\n<tool_call>\n{\"name\": \"get_time\", \"arguments\": {\"timezone\": \"Asia/Tokyo\"}}\n</tool_call>";

    public static TheoryData<bool> Ways => [false, true];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task NoCalls(bool stream)
    {
        const string text = "Just text, with a < and a {\"brace\": 1}.";
        var (content, calls) = await ReadAsync(text, stream);
        Assert.Equal(text, content);
        Assert.Empty(calls);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SingleCall(bool stream)
    {
        var (content, calls) = await ReadAsync(Single, stream);
        Assert.Equal("", content);
        Assert.Equal([("get_weather", "{\"city\": \"Tokyo\"}")], calls);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ParallelCalls(bool stream)
    {
        var (_, calls) = await ReadAsync(Parallel, stream);
        Assert.Equal(["get_weather", "get_time"], calls.Select(c => c.Name));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task VariousTypes(bool stream)
    {
        const string arguments = """{"string_field": "s", "int_field": 42, "float_field": 3.14, "bool_field": true, "null_field": null, "array_field": ["a"], "object_field": {"k": "v"}}""";
        var (_, calls) = await ReadAsync($"<tool_call>\n{{\"name\": \"get_time\", \"arguments\": {arguments}}}\n</tool_call>", stream);
        Assert.Equal(
            [JsonValueKind.String, JsonValueKind.Number, JsonValueKind.Number, JsonValueKind.True, JsonValueKind.Null, JsonValueKind.Array, JsonValueKind.Object],
            JsonDocument.Parse(Assert.Single(calls).Arguments).RootElement.EnumerateObject().Select(field => field.Value.ValueKind));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task EmptyArguments(bool stream)
    {
        var (_, calls) = await ReadAsync("<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>", stream);
        Assert.Equal([("get_time", "{}")], calls);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task SurroundingText(bool stream)
    {
        var (content, calls) = await ReadAsync("Let me look.\n" + Single + "\nThere.", stream);
        Assert.Equal("get_weather", Assert.Single(calls).Name);
        Assert.StartsWith("Let me look.", content, StringComparison.Ordinal);
        Assert.EndsWith("There.", content, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task EscapedStrings(bool stream)
    {
        const string arguments = """{"quote": "a \"b\"", "path": "C:\\temp", "lines": "a\nb", "unicode": "\u4f60\ud83d\ude42}{"}""";
        var (_, calls) = await ReadAsync($"<tool_call>\n{{\"name\": \"get_time\", \"arguments\": {arguments}}}\n</tool_call>", stream);
        Assert.Equal(arguments, Assert.Single(calls).Arguments);
    }

    /// <summary>Nothing is called, and nothing fails; a whole answer keeps the text.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Malformed(bool stream)
    {
        foreach (string text in (string[])
        [
            "<tool_call>\n{\"name\": \"get_time\", \"arguments\": {\"a\": tru}}\n</tool_call>", "<tool_call>not json</tool_call>", "<tool_call>", "</tool_call>",
            "<tool_call>\n{\"name\": 5}\n</tool_call>", "<tool_call>\n{\"name\": \"get_time\", \"arguments\": [1",
        ])
        {
            // As the model would say it: a grammar would put it right.
            var (content, calls) = await ReadAsync(text, stream, free: true);
            if (!stream)
                Assert.Equal((text, 0), (content, calls.Count));
        }
    }

    [Fact]
    public async Task Stream_EqualsWhole()
    {
        var (whole, streamed) = (await ReadAsync(Single, stream: false), await ReadAsync(Single, stream: true));
        Assert.Equal(whole.Content, streamed.Content);
        Assert.Equal(whole.Calls, streamed.Calls);
    }

    /// <summary>A hundred random cuttings, all cuttings in two, one character each, and none.</summary>
    [Theory]
    [InlineData(Single)]
    [InlineData(Parallel)]
    public void AnyCutting_IsTheSame(string text)
    {
        var random = new Random(20260902);
        var baseline = Read(Parsed.Cut(text, 1));
        List<IReadOnlyList<string>> cuttings = [[text], .. Enumerable.Range(1, text.Length - 1).Select(at => (IReadOnlyList<string>)[text[..at], text[at..]])];
        for (int i = 0; i < 100; i++)
        {
            List<string> pieces = [];
            for (int at = 0, length; at < text.Length; at += length)
                pieces.Add(text.Substring(at, length = Math.Min(text.Length - at, random.Next(1, 17))));
            cuttings.Add(pieces);
        }

        Assert.All(cuttings, pieces => Assert.Equal(baseline, Read(pieces)));

        static (string, string) Read(IReadOnlyList<string> pieces)
        {
            var whole = Parsed.Read(pieces, Kdsl.Serving.Answers.ReasoningMode.None, tools: true);
            return (whole.Content, Parsed.Calls(whole));
        }
    }

    async Task<(string Content, IReadOnlyList<(string Name, string Arguments)> Calls)> ReadAsync(string text, bool stream, bool free = false)
    {
        if (free)
        {
            var whole = Parsed.Read(Parsed.Cut(text, stream ? 3 : 0), Kdsl.Serving.Answers.ReasoningMode.None, tools: true);
            return (whole.Content, whole.Calls);
        }

        server.Says(text);
        if (stream)
        {
            var events = await server.ChatStreamAsync(Tools);
            return (events.Joined("content"), events.Calls);
        }

        var message = (await server.ChoiceAsync(Tools)).GetProperty("message");
        return (message.GetProperty("content").GetString() ?? "", Events.CallsOf(message));
    }
}
