using KernelDsl.Runtime.Text.Unicode;

namespace KernelDsl.Tests.Text;

public class PreTokenizerTests
{
    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("don't DON'T y'all've", "don|'t| DON|'T| y|'all|'ve")]
    [InlineData("'ſt'K", "'ſ|t|'K")]
    [InlineData("'l", "'l")]
    [InlineData("12a", "1|2|a")]
    [InlineData(" 12", " |1|2")]
    [InlineData("a  b", "a| | b")]
    [InlineData("a \n \n b", "a| \n \n| b")]
    [InlineData("x  ", "x|  ")]
    [InlineData("x  1", "x| | |1")]
    [InlineData("!!!\r\n\nx", "!!!\r\n\n|x")]
    [InlineData(" ?!\n x", " ?!\n| x")]
    [InlineData("\tx", "\tx")]
    [InlineData("𝒳𝒴 𠀀s", "𝒳𝒴| 𠀀s")]
    [InlineData("a\u00A0b\u2028c", "a|\u00A0b|\u2028c")]
    [InlineData("👍🏽x", "👍🏽|x")]
    [InlineData("-𝟙", "-|𝟙")]
    [InlineData("\n\n", "\n\n")]
    [InlineData("", "")]
    public void Split_Text_CutsAsThePatternDoes(string text, string expected)
    {
        var pieces = QwenPreTokenizer.Split(text).Select(p => text.Substring(p.Offset, p.Length));
        Assert.Equal(expected, string.Join('|', pieces));
    }

    [Fact]
    public void Split_AnyText_CoversItWithoutGaps()
    {
        foreach (string text in TextGenerator.Samples(2000))
        {
            int at = 0;
            foreach (var (offset, length) in QwenPreTokenizer.Split(text))
            {
                Assert.Equal(at, offset);
                Assert.True(length > 0);
                at += length;
            }
            Assert.Equal(text.Length, at);
        }
    }

    /// <summary>Below the astral planes .NET's Regex reads the pattern as its authors meant it, but for U+017F under (?i).</summary>
    [Fact]
    public void Split_TextOfTheBasicPlane_AgreesWithTheRegex()
    {
        System.Text.RegularExpressions.Regex pattern = new(QwenPreTokenizer.Pattern, System.Text.RegularExpressions.RegexOptions.CultureInvariant);
        foreach (string text in TextGenerator.Samples(4000).Where(t => !t.Any(char.IsSurrogate) && !t.Contains('ſ')))
            Assert.Equal(pattern.Matches(text).Select(m => (m.Index, m.Length)), QwenPreTokenizer.Split(text));
    }
}
