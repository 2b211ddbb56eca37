using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>
/// The cases of llama.cpp's tests/test-chat.cpp for templates whose calls are JSON between &lt;tool_call&gt; marks and whose thoughts end with &lt;/think&gt;. llama.cpp trims thoughts
/// and what follows them; here they stay as the model wrote them, which is vLLM's rule, so what is compared is trimmed.
/// </summary>
public class ChatParserTests
{
    const string Hello = "Hello, world!\nWhat's up?", Call = "{\"name\": \"special_function\", \"arguments\": {\"arg1\": 1}}", Called = "special_function {\"arg1\": 1}";

    const string Time = "{\"name\": \"get_time\", \"arguments\": {\"city\": \"XYZCITY\"}}", Asked = "get_time {\"city\": \"XYZCITY\"}";

    /// <summary>Text, whether the prompt had opened a thought, then what is expected: thought, content, calls.</summary>
    public static TheoryData<string, bool, string, string, string> Whole => new()
    {
        // Qwen-QwQ-32B.
        { "Let me think about this...\n</think>\nThe answer is 42.", true, "Let me think about this...", "The answer is 42.", "" },
        { "</think>Hello, world!", true, "", "Hello, world!", "" },
        // NousResearch-Hermes-2-Pro.
        { $"<tool_call>\n{Call}</tool_call>", false, "", "", Called },
        { $"{Hello}<tool_call>\n{Call}</tool_call>", false, "", Hello, Called },
        // Hermes 3, Qwen 2.5, MiMo-VL, Granite 4.0 and 4.1.
        { Hello, false, "", Hello, "" },
        { $"<tool_call>\n{Call}\n</tool_call>", false, "", "", Called },
        // DeepSeek-R1-Distill of both sizes.
        { $"</think>{Hello}", true, "", Hello, "" },
        { $"I'm\nthinking</think>{Hello}", true, "I'm\nthinking", Hello, "" },
        // Reka Edge.
        { $"I'm\nthinking\n</think>\n\n{Hello}", true, "I'm\nthinking", Hello, "" },
        { $"{Hello}\n<tool_call>\n{Call}\n</tool_call>", false, "", Hello, Called },
        { $"I'm\nthinking\n</think>\n\n<tool_call>\n{Call}\n</tool_call>", true, "I'm\nthinking", "", Called },
        { $"I'm\nthinking\n</think>\n\n<tool_call>\n{Call}</tool_call>", true, "I'm\nthinking", "", Called },
        { $"<tool_call>\n{Time}</tool_call>", false, "", "", Asked },
        {
            $"<tool_call>\n{Call}\n</tool_call>\n<tool_call>\n{{\"name\": \"special_function_with_opt\", \"arguments\": {{\"arg1\": 1, \"arg2\": 2}}}}\n</tool_call>", false, "", "",
            Called + "; special_function_with_opt {\"arg1\": 1, \"arg2\": 2}"
        },
        {
            $"<tool_call>\n{Call}</tool_call><tool_call>\n{{\"name\": \"special_function_with_opt\", \"arguments\": {{\"arg1\": 1, \"arg2\": 2}}}}</tool_call>", false, "", "",
            Called + "; special_function_with_opt {\"arg1\": 1, \"arg2\": 2}"
        },
        { $"I need to call a function\n</think>\n\nLet me check the time.<tool_call>\n{Time}</tool_call>", true, "I need to call a function", "Let me check the time.", Asked },
        { "<tool_call>\n{\"name\": \"empty_args\", \"arguments\": {}}</tool_call>", false, "", "", "empty_args {}" },
        { "<tool_call>\n{\"name\": \"empty_args_no_schema\", \"arguments\": {}}</tool_call>", false, "", "", "empty_args_no_schema {}" },
        {
            $"Let me think about <tool_call>\n{Call.Replace('1', '2')}</tool_call> hmm\n</think>\n\n<tool_call>\n{Call}</tool_call>", true,
            $"Let me think about <tool_call>\n{Call.Replace('1', '2')}</tool_call> hmm", "", Called
        },
    };

    [Theory]
    [MemberData(nameof(Whole))]
    public void Answer_IsPartedAsLlamaCppDoes_HoweverItIsCut(string text, bool thinks, string reasoning, string content, string calls)
    {
        foreach (int size in (int[])[text.Length, 1, 2, 3, 7])
        {
            var whole = new WholeAnswer();
            foreach (var item in Parse(text, thinks, size, last: true))
                whole.Append(item);
            Assert.Equal((reasoning, content, calls), ((whole.Reasoning ?? "").Trim(), whole.Content.Trim(), string.Join("; ", whole.Calls.Select(call => $"{call.Name} {call.Arguments}"))));
        }
    }

    /// <summary>Inputs that are not whole yet: what a stream has passed on by then.</summary>
    [Theory]
    [InlineData("<tool_call>\n{\"name\": \"special_function\", \"arguments\": {\"arg", "special_function", "{\"arg")]
    [InlineData("<tool_call>\n{\"name\": \"special_function\", \"arguments\": {\"arg1\":", "special_function", "{\"arg1\":")]
    public void Call_ThatHasOnlyBegun_IsPassedOnSoFar(string text, string name, string arguments)
    {
        foreach (int size in (int[])[text.Length, 1, 3])
        {
            var events = Parse(text, thinks: false, size, last: false);
            Assert.Equal(name, Assert.Single(events, e => e.Part is AnswerPart.CallStart).Text);
            Assert.Equal(arguments, string.Concat(events.Where(e => e.Part is AnswerPart.CallArguments).Select(e => e.Text)));
            Assert.DoesNotContain(events, e => e.Part is AnswerPart.Content);
        }
    }

    /// <summary>test_msg_diffs_compute: name and id come once, arguments piece by piece, and each piece names its call.</summary>
    [Fact]
    public void Pieces_OfContentAndCalls_AddUp()
    {
        var parser = new AnswerParser(ReasoningMode.None, tools: true);
        Assert.Equal(["Hello,"], parser.Append("Hello,", 1, last: false).Select(e => e.Text));
        Assert.Equal([" world!"], parser.Append(" world!", 2, last: false).Select(e => e.Text));
        Assert.Equal([(AnswerPart.CallStart, "f1", 0), (AnswerPart.CallArguments, "{\"ar", 0)],
            parser.Append("<tool_call>{\"name\": \"f1\", \"arguments\": {\"ar", 3, last: false).Select(e => (e.Part, e.Text, e.Call)));
        Assert.Equal([(AnswerPart.CallArguments, "g1\": 1}", 0)], parser.Append("g1\": 1}", 4, last: false).Select(e => (e.Part, e.Text, e.Call)));
        Assert.Equal([(AnswerPart.CallEnd, "", 0), (AnswerPart.CallStart, "f2", 1), (AnswerPart.CallArguments, "{\"arg2\": 2}", 1), (AnswerPart.CallEnd, "", 1)],
            parser.Append("}</tool_call><tool_call>{\"name\": \"f2\", \"arguments\": {\"arg2\": 2}}</tool_call>", 5, last: true).Select(e => (e.Part, e.Text, e.Call)));
    }

    static List<AnswerEvent> Parse(string text, bool thinks, int size, bool last)
    {
        var parser = new AnswerParser(thinks ? ReasoningMode.Opened : ReasoningMode.None, tools: true);
        var events = new List<AnswerEvent>();
        for (int at = 0; at < text.Length; at += size)
            events.AddRange(parser.Append(text.Substring(at, Math.Min(size, text.Length - at)), at, last && at + size >= text.Length));
        return events;
    }
}
