using KernelDsl.Runtime.Text;

namespace KernelDsl.Tests.Text;

public class StopMatcherTests
{
    [Theory]
    [InlineData("one END two", "END", "one ", "END")]
    [InlineData("one EN two", "END", "one EN two", null)]
    [InlineData("aaab", "aab", "a", "aab")]
    [InlineData("abcd", "abcd,bc", "a", "bc")]
    [InlineData("xabc", "c,bc,abc", "x", "abc")]
    [InlineData("ababac", "abac", "ab", "abac")]
    [InlineData("hold the EN", "END", "hold the EN", null)]
    [InlineData("", "END", "", null)]
    [InlineData("no stops", "", "no stops", null)]
    [InlineData("😀😁", "😁", "😀", "😁")]
    public void Append_HoweverTheTextIsCut_StopsAtTheSamePlace(string text, string stopList, string expected, string? matched)
    {
        string[] stops = stopList.Split(',', StringSplitOptions.RemoveEmptyEntries);
        foreach (bool include in (bool[])[false, true])
            for (int size = 1; size <= text.Length + 1; size++)
            {
                StopMatcher matcher = new(stops, include);
                string seen = string.Concat(text.Chunk(size).Select(piece => matcher.Append(new(piece)))) + matcher.Flush();
                Assert.Equal(include ? expected + matched : expected, seen);
                Assert.Equal(matched, matcher.Matched);
            }
    }

    [Fact]
    public void Append_RandomText_AgreesWithASearchOfTheWhole()
    {
        Random random = new(2);
        string Word(int length) => new([.. Enumerable.Range(0, length).Select(_ => "ab"[random.Next(2)])]);
        for (int i = 0; i < 5000; i++)
        {
            string[] stops = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word(random.Next(3, 7)))];
            string text = Word(random.Next(1, 40));
            var first = stops.Select(s => (Stop: s, At: text.IndexOf(s, StringComparison.Ordinal))).Where(m => m.At >= 0)
                .OrderBy(m => m.At + m.Stop.Length).ThenBy(m => m.At).Select(m => ((string, int)?)(m.Stop, m.At)).FirstOrDefault();

            StopMatcher matcher = new(stops);
            string seen = "";
            for (int at = 0, n; at < text.Length; at += n)
            {
                n = Math.Min(random.Next(1, 5), text.Length - at);
                seen += matcher.Append(text.Substring(at, n));
                Assert.StartsWith(seen, first is var (_, end) ? text[..end] : text);
            }
            Assert.Equal(first?.Item1, matcher.Matched);
            Assert.Equal(first is var (_, cut) ? text[..cut] : text, seen + matcher.Flush());
        }
    }

    [Fact]
    public void Append_TextThatCannotBeAStop_IsDeliveredAtOnce()
    {
        StopMatcher matcher = new(["\n\nUser:"]);
        Assert.Equal("Hello", matcher.Append("Hello"));
        Assert.Equal("", matcher.Append("\n"));
        Assert.Equal("", matcher.Append("\n"));
        Assert.Equal("\n", matcher.Append("\n"));
        Assert.Equal("\n\nx", matcher.Append("x"));
    }

    [Fact]
    public void Constructor_EmptyStop_IsRefused() => Assert.Throws<ArgumentException>(() => new StopMatcher(["a", ""]));
}
