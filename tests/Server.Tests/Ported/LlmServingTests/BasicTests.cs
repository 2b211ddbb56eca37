namespace Kdsl.Tests.Ported.LlmServingTests;

/// <summary>internal/eval/basic.go and reasoning.go: chat_completion, reasoning_present, reasoning_not_leaked.</summary>
public class BasicTests(ThinkingServer thinking) : IClassFixture<ThinkingServer>
{
    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task ChatCompletion_HasContent(bool stream)
    {
        thinking.Says("They greet me.\n</think>\n\nHello!");
        Assert.NotEqual("", (await ChatTurn.AskAsync(thinking.Http, Requests.Of("Say hello."), stream)).Content.Trim());
    }

    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task Reasoning_IsPresent_BesideTheAnswer(bool stream)
    {
        thinking.Says("Let me think. First, I multiply 15 by 20, then by 7.\n</think>\n\n15 * 27 = 405.");
        var turn = await ChatTurn.AskAsync(thinking.Http, Requests.Of("What is 15 * 27? Think step by step."), stream);
        Assert.Contains("First, I multiply", turn.Reasoning, StringComparison.Ordinal);
        Assert.Equal("15 * 27 = 405.", turn.Content.Trim());
    }

    /// <summary>Whatever the model does with its marks, neither they nor its thoughts are in the answer.</summary>
    [Theory]
    [InlineData("Let me think. First, I multiply.</think>405.", false)]
    [InlineData("Let me think. First, I multiply.</think>405.", true)]
    [InlineData("<think>Step 1: To solve this, I need to multiply.\n</think>\n\n405.", false)]
    [InlineData("<think>Step 1: To solve this, I need to multiply.\n</think>\n\n405.", true)]
    public async Task Reasoning_DoesNotLeak(string says, bool stream)
    {
        thinking.Says(says);
        var turn = await ChatTurn.AskAsync(thinking.Http, Requests.Of("What is 15 * 27? Think step by step."), stream);
        Assert.NotEqual("", turn.Reasoning.Trim());
        foreach (string sign in (string[])["<think>", "</think>", "Let me think", "Step 1:", "First, I", "First, let me", "I need to", "To solve this"])
            Assert.DoesNotContain(sign, turn.Content, StringComparison.OrdinalIgnoreCase);
    }
}
