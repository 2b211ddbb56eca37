using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Answers;

public class AnswerParserTests
{
    static readonly string[] s_texts =
    [
        "", "plain text", "<", "<tool_call>", "a < b <tool b", "<think>a</think>b", "\n<think>a</think>\nb", "a</think>b", "</think>", "é🙂</think>é🙂",
        "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": [1, \"}\\\"{\"]}}\n</tool_call>",
        "text\n<tool_call>{\"arguments\": {\"a\": {}}, \"name\": \"f\"}</tool_call>\n<tool_call>\n{\"name\":\"g\"}\n</tool_call> after",
        "<think>x <tool_call>{} </think>\n\n<tool_call>\n{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}\n</tool_call>",
        "<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": tru}}</tool_call> tail", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"Bos",
        "<tool_call>not json</tool_call>", "<tool_call>{\"name\": 3}</tool_call>", "<tool_call>{\"name\": \"f\", \"arguments\": {}, \"more\": {\"x\": 1}}",
        "</tool_call></think>", "<tool_call>[1]</tool_call>", "<tool_call>{\"name\": \"f\", \"arguments\": \"bare\"}</tool_cal",
    ];

    /// <summary>The law that streams rest on.</summary>
    [Fact]
    public void Events_OfAnyCutting_AreTheSame()
    {
        var random = new Random(7);
        foreach (string text in s_texts)
        {
            foreach (var mode in Enum.GetValues<ReasoningMode>())
            {
                foreach (bool tools in (bool[])[false, true])
                {
                    var whole = Parse([text], mode, tools);
                    Assert.Equal(whole, Parse([.. text.Select(c => c.ToString())], mode, tools));
                    for (int i = 0; i < 30; i++)
                        Assert.Equal(whole, Parse(Cut(text, random), mode, tools));
                }
            }
        }
    }

    static List<string> Cut(string text, Random random)
    {
        var pieces = new List<string>();
        for (int at = 0, length; at < text.Length; at += length)
            pieces.Add(text.Substring(at, length = Math.Min(text.Length - at, random.Next(1, 9))));
        return pieces;
    }

    /// <summary>Events with the texts of neighbours of one kind joined.</summary>
    static List<AnswerEvent> Parse(IReadOnlyList<string> pieces, ReasoningMode mode, bool tools)
    {
        var parser = new AnswerParser(mode, tools);
        var joined = new List<AnswerEvent>();
        for (int i = 0; i <= pieces.Count; i++)
        {
            foreach (var item in parser.Append(i < pieces.Count ? pieces[i] : "", i + 1, last: i == pieces.Count))
            {
                if (joined.Count > 0 && joined[^1].Part == item.Part && joined[^1].Call == item.Call)
                    joined[^1] = item with { Text = joined[^1].Text + item.Text };
                else
                    joined.Add(item);
            }
        }

        return joined;
    }

    /// <summary>vLLM's cases for DeepSeek-R1. A mark at the start may follow a line end; streams and whole answers agree.</summary>
    [Theory]
    [InlineData("a</think>b", "a", "b")]
    [InlineData("a</think>", "a", "")]
    [InlineData("a", "a", "")]
    [InlineData("a\nb</think>c\nd", "a\nb", "c\nd")]
    [InlineData("</think>b", null, "b")]
    [InlineData("<think>a</think>b", "a", "b")]
    [InlineData("<think>a</think>", "a", "")]
    [InlineData("<think>a", "a", "")]
    [InlineData("<think>a\nb</think>c\nd", "a\nb", "c\nd")]
    [InlineData("", null, "")]
    [InlineData("\n<think>a</think>\nb", "a", "\nb")]
    [InlineData("\n<think>a", "a", "")]
    public void Thoughts_AfterAnOpenedPrompt_GoByDeepSeeksRule(string text, string? reasoning, string content)
    {
        var whole = Whole(text, ReasoningMode.Opened, tools: false);
        Assert.Equal((reasoning, content), (whole.Reasoning, whole.Content));
    }

    [Theory]
    [InlineData("a</think>b", null, "a</think>b")]
    [InlineData(" <think>a</think>b", "a", "b")]
    [InlineData("x<think>a</think>b", null, "x<think>a</think>b")]
    [InlineData("<thin", null, "<thin")]
    public void Thoughts_ThatThePromptDidNotOpen_NeedTheirMark(string text, string? reasoning, string content)
    {
        var whole = Whole(text, ReasoningMode.Marked, tools: false);
        Assert.Equal((reasoning, content), (whole.Reasoning, whole.Content));
    }

    /// <summary>vLLM's and llama.cpp's cases for Hermes.</summary>
    [Theory]
    [InlineData("This is text.", "This is text.", "")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"trigger\": true}}\n</tool_call>", "", "f({\"trigger\": true})")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": {\"a\": {\"b\": [1, 2]}, \"c\": null}}</tool_call>", "", "f({\"a\": {\"b\": [1, 2]}, \"c\": null})")]
    [InlineData("Let me look.<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>", "Let me look.", "f({})")]
    [InlineData("\n\n<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>\n", "", "f({})")]
    [InlineData("<tool_call>\n{\"name\": \"f\"}\n</tool_call>\n<tool_call>\n{\"arguments\": {\"a\": 1}, \"name\": \"g\"}\n</tool_call>", "", "f({}) g({\"a\": 1})")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}}", "", "f({\"a\": 1})")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1", "")]
    [InlineData("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": tru}}\n</tool_call>", "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": tru}}\n</tool_call>", "")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": \"{\\\"a\\\": 1}\"}</tool_call>", "", "f({\"a\": 1})")]
    [InlineData("<tool_call>{\"name\": \"f\", \"arguments\": \"bare\"}</tool_call>", "", "f(\"bare\")")]
    [InlineData("<tool_call>{\"name\": \"f\\n\\u00e9\", \"arguments\": {}}</tool_call>", "", "f\né({})")]
    [InlineData("a <tool_call> in text", "a <tool_call> in text", "")]
    public void Calls_InHermesForm_AreTakenOut(string text, string content, string calls)
    {
        var whole = Whole(text, ReasoningMode.None, tools: true);
        Assert.Equal(content, whole.Content);
        Assert.Equal(calls, string.Join(' ', whole.Calls.Select(call => $"{call.Name}({call.Arguments})")));
    }

    [Fact]
    public void ReasoningTokens_CountUpToTheClosingMark()
    {
        var parser = new AnswerParser(ReasoningMode.Opened, tools: false);
        string[] pieces = ["a", "b", "</thi", "nk>", "c", "d"];
        for (int i = 0; i < pieces.Length; i++)
            parser.Append(pieces[i], i + 1, last: false);
        Assert.Equal(4, parser.ReasoningTokens);
    }

    static WholeAnswer Whole(string text, ReasoningMode mode, bool tools)
    {
        var whole = new WholeAnswer();
        foreach (var item in new AnswerParser(mode, tools).Append(text, 1, last: true))
            whole.Append(item);
        return whole;
    }
}
