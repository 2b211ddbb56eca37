using Kdsl.Bench.Serving.Judging;

namespace Kdsl.Tests.Bench;

public class AnswerTests
{
    [Theory]
    [InlineData("She has 1,200 dollars.", "1200")]
    [InlineData("so 3 + 4 = 7", "7")]
    [InlineData("#### -5", "-5")]
    [InlineData("it costs +.50", ".50")]
    [InlineData("2.50 in all", "2.50")]
    [InlineData("first 3, then 007", "007")]
    [InlineData("no number", null)]
    [InlineData("", null)]
    public void LastNumber_IsReadAsMindIEReadsIt(string text, string? number) => Assert.Equal(number, LastNumber.Of(text));

    [Theory]
    [InlineData("72", "72.0", true)]
    [InlineData("72", "72.00009", true)]
    [InlineData("72", "72.001", false)]
    [InlineData("123456789012345678901234567890123", "123456789012345678901234567890123", true)]
    [InlineData("7", null, false)]
    [InlineData(null, null, false)]
    public void Numbers_AreCloseWithin1In10000(string? a, string? b, bool close) => Assert.Equal(close, LastNumber.AreClose(a, b));

    [Theory]
    [InlineData(@"thus \boxed{72} clips", "72")]
    [InlineData(@"\boxed{10} no, \boxed{1{,}200 \text{ m}^{}}", "1,200")]
    [InlineData(@"\boxed{\frac{3}{4}}", "0.75")]
    [InlineData(@"\boxed{-\dfrac{1}{2}}", "-0.5")]
    [InlineData(@"\boxed{x = 12\,000}", "12000")]
    [InlineData(@"\boxed{7", null)]
    [InlineData(@"\boxed{none}", null)]
    [InlineData("42", null)]
    public void Box_HoldsTheAnswer(string text, string? number)
    {
        string? found = Boxed.NumberOf(text);
        Assert.True(found == number || LastNumber.AreClose(found, number?.Replace(",", "", StringComparison.Ordinal)), found ?? "nothing");
    }

    [Theory]
    // Plain: MindIE's rule alone, thought and box or not.
    [InlineData(false, "The answer is 72.", "", false, nameof(Judgement.Correct))]
    [InlineData(false, "The answer is 71.", "", false, nameof(Judgement.Wrong))]
    [InlineData(false, "72 at first", "", true, nameof(Judgement.Correct))]
    [InlineData(false, "First 48, then 2", "", true, nameof(Judgement.Truncated))]
    [InlineData(false, @"\boxed{72}, checked 2 times", "", false, nameof(Judgement.Wrong))]
    // Reasoning: the thought is no answer, the box counts before what follows it.
    [InlineData(true, @"<think>72</think> It is \boxed{72}, checked 2 times.", "", false, nameof(Judgement.Correct))]
    [InlineData(true, "Hmm, 72? No: 5.</think>**72** clips", "", false, nameof(Judgement.Correct))]
    [InlineData(true, "<think>72</think>I say 5.", "", false, nameof(Judgement.Wrong))]
    [InlineData(true, "Hmm, 48 and 24 are 72", "", true, nameof(Judgement.Truncated))]
    [InlineData(true, "<think>so it is 72", "", false, nameof(Judgement.Wrong))]
    [InlineData(true, "Hmm.</think>First 48 + 24 =", "", true, nameof(Judgement.Truncated))]
    [InlineData(true, "Hmm.</think>72, but let me", "", true, nameof(Judgement.Correct))]
    [InlineData(true, "It is 72.", "Maybe 5?", false, nameof(Judgement.Correct))]
    [InlineData(true, "", "It is 72", true, nameof(Judgement.Truncated))]
    [InlineData(true, "It is 72.", "", false, nameof(Judgement.Correct))]
    public void Answer_ToAQuestionWhoseAnswerIs72(bool reasoning, string text, string thought, bool truncated, string judgement) =>
        Assert.Equal(judgement, new Answer(text, thought, truncated, reasoning).Judge(AnswerRule.Number, "72").ToString());

    [Theory]
    [InlineData(" \nC. because", nameof(Judgement.Correct))]
    [InlineData("B", nameof(Judgement.Wrong))]
    [InlineData("", nameof(Judgement.Wrong))]
    public void Letter_IsTheFirstCharacter(string text, string judgement) => Assert.Equal(judgement, new Answer(text, "", false, false).Judge(AnswerRule.Letter, "C").ToString());

    [Fact]
    public void Accuracy_KeepsTruncatedApart()
    {
        var accuracy = Accuracy.Of([Judgement.Correct, Judgement.Truncated, Judgement.Wrong, Judgement.Correct], failed: 1);
        Assert.Equal(5, accuracy.Total);
        Assert.Equal("2 correct, 1 wrong, 1 cut at the most tokens before their answer, 1 without an answer", accuracy.ToString());
        var run = Results.Run([.. Enumerable.Repeat(Results.Of(1, [], 10, 5, 1) with { Judgement = Judgement.Correct }, 19), Results.Of(1, [], 10, 5, 1) with { Failure = "x" }]) with { Judged = true };
        Assert.Equal("95.0% (19/20)", Results.Common("accuracy", run));
    }
}
