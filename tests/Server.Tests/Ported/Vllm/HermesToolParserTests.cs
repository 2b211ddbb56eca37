using System.Text.Json;
using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>
/// vLLM's tests/tool_parsers/test_hermes_tool_parser.py: each text whole (0) or in deltas of so many tokens, a token being four characters here. Its Granite 4 variants are another
/// parser's.
/// </summary>
public class HermesToolParserTests
{
    const int Token = 4;

    [Theory]
    // Text is forwarded.
    [InlineData("This is some prior text that has nothing to do with tool calling.", 1)]
    [InlineData("This is plain text with no tool calling involved.", 2)]
    [InlineData("This is plain text with no tool calling involved.", 3)]
    [InlineData("This is plain text with no tool calling involved.", 5)]
    [InlineData("This is not a tool call.", 0)]
    // Calls that are cut off inside their JSON are text.
    [InlineData("<tool_call>\n{\"name\": \"final_answer\", \"arguments\": {\"trigger\": true}", 0)]
    public void Text_WithoutACall_IsForwarded(string text, int interval)
    {
        var whole = Parsed.Read(Parsed.Cut(text, interval * Token), ReasoningMode.None, tools: true);
        Assert.Equal((text, ""), (whole.Content, Parsed.Calls(whole)));
    }

    [Theory]
    // Bug 19056.
    [InlineData("<tool_call>\n{\"name\": \"final_answer\", \"arguments\": {\"trigger\": true}}\n</tool_call>", "", "final_answer({\"trigger\": true})", "0 1 2 5")]
    [InlineData("<tool_call>{\"name\": \"get_current_temperature\",\"arguments\": {\"location\":\"San Francisco, California, United States\", \"unit\": \"celsius\"}}</tool_call>", "",
        "get_current_temperature({\"location\":\"San Francisco, California, United States\", \"unit\": \"celsius\"})", "1")]
    [InlineData("<tool_call>{\"name\": \"get_current_temperature\", \"arguments\": {\"location\": \"San Francisco\", \"unit\": \"celsius\"}}</tool_call>", "",
        "get_current_temperature({\"location\": \"San Francisco\", \"unit\": \"celsius\"})", "2 3 5 8")]
    [InlineData("Sure, let me check the weather.<tool_call>{\"name\": \"get_weather\", \"arguments\": {\"city\": \"NYC\"}}</tool_call>", "Sure, let me check the weather.",
        "get_weather({\"city\": \"NYC\"})", "2 3 5 8")]
    [InlineData("<tool_call>{\"name\": \"search\", \"arguments\": {\"q\": \"cats\"}}</tool_call><tool_call>{\"name\": \"search\", \"arguments\": {\"q\": \"dogs\"}}</tool_call>", "",
        "search({\"q\": \"cats\"}) search({\"q\": \"dogs\"})", "1 2 4")]
    // Until the end of the answer.
    [InlineData("<tool_call>\n{\"name\": \"final_answer\", \"arguments\": {\"trigger\": true}}", "", "final_answer({\"trigger\": true})", "0")]
    // All in one delta.
    [InlineData("Hi!<tool_call>{\"name\": \"f\", \"arguments\": {\"x\": 1}}</tool_call>", "Hi!", "f({\"x\": 1})", "9999")]
    public void Call_IsTakenOut(string text, string content, string calls, string intervals)
    {
        foreach (int interval in intervals.Split(' ').Select(int.Parse))
        {
            var whole = Parsed.Read(Parsed.Cut(text, interval * Token), ReasoningMode.None, tools: true);
            Assert.Equal((content, calls), (whole.Content, Parsed.Calls(whole)));
        }
    }

    /// <summary>Arguments that are JSON already are not encoded twice; any other string is encoded; streams and whole answers agree, and it always is JSON.</summary>
    [Theory]
    [InlineData("{\"param\": \"max_connections\"}", true, "0 1 2 3 5")]
    [InlineData("hello", false, "0 1 3")]
    [InlineData("{hello world}", false, "1 3")]
    [InlineData("[oops", false, "1 3")]
    [InlineData("{\"a\": 1} tail text", false, "1 3")]
    public void Arguments_InAString_AreJson(string value, bool isObject, string intervals)
    {
        string text = $"<tool_call>\n{{\"name\": \"f\", \"arguments\": {JsonSerializer.Serialize(value)}}}\n</tool_call>";
        foreach (int interval in intervals.Split(' ').Select(int.Parse))
        {
            var call = Assert.Single(Parsed.Read(Parsed.Cut(text, interval * Token), ReasoningMode.None, tools: true).Calls);
            using var arguments = JsonDocument.Parse(call.Arguments);
            Assert.Equal(isObject ? value : JsonSerializer.Serialize(value), isObject ? call.Arguments : JsonSerializer.Serialize(arguments.RootElement.GetString()));
        }
    }
}
