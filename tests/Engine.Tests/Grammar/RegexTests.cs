using CsCheck;
using KernelDsl.Runtime.Grammar;
using SystemRegex = System.Text.RegularExpressions.Regex;

namespace EngineTests.Grammar;

public class RegexTests
{
    static readonly Gen<string> s_atom = Pick.Of("a", "b", "é", "🙂", ".", "[ab]", "[^a]", "[a-é]", @"\d", @"\W", @"\s", @"\.", @"\u00e9", @"[\d_-]", @"\p{L}");

    static readonly Gen<string> s_pattern = Gen.Recursive<string>((depth, inner) => depth > 3 ? s_atom : Gen.Frequency(
        (4, s_atom),
        (2, Gen.Select(inner, inner, (a, b) => a + b)),
        (2, Gen.Select(inner, inner, (a, b) => $"({a}|{b})")),
        (2, Gen.Select(inner, Pick.Of("*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"), (a, count) => $"(?:{a}){count}"))));

    static readonly Gen<string> s_text = Pick.Of("a", "b", "é", "c", "1", "_", ".", " ", "\n", "-").Array[0, 8].Select(string.Concat);

    [Fact]
    public void Pattern_AcceptsWhatDotNetMatches() => Gen.Select(s_pattern, s_text.Array[20]).Sample((pattern, texts) =>
    {
        // .NET counts surrogates apart and its \W and \s know Unicode; the texts have none of that.
        if (pattern.Contains("🙂", StringComparison.Ordinal))
            return;
        var rules = Grammars.OfRegex(pattern);
        foreach (var text in texts)
        {
            // The dot excludes \r too, and é is a word character there.
            if (pattern.Contains(@"\W", StringComparison.Ordinal) && text.Contains('é', StringComparison.Ordinal))
                continue;
            // Greedy there: .NET 10 lets 'cb' match (?:(?:(?:\p{L})*)*?b){2,}, which needs two b. A whole match is the same either way.
            bool expected = SystemRegex.IsMatch(text, $@"\A(?:{pattern.Replace("*?", "*", StringComparison.Ordinal)})\z");
            Assert.True(expected == Accepts(rules, text), $"'{text}' {(expected ? "matches" : "does not match")} {pattern} in .NET");
        }
    }, iter: 400);

    static bool Accepts(RuleSet rules, string text)
    {
        try
        {
            return rules.Accepts(text);
        }
        catch (GrammarException e) when (e.Message.StartsWith("No text", StringComparison.Ordinal))
        {
            return false;
        }
    }

    [Theory]
    [InlineData(@"(\d{1,3}\.){3}\d{1,3}", "192.168.0.1", "1.2.3")]
    [InlineData("^abc?d*efg+(hij)?kl$", "abddefgghijkl", "abkl")]
    [InlineData("🙂{2}", "🙂🙂", "🙂")]
    [InlineData(@"\p{Lu}\p{Ll}+", "Éa", "éa")]
    [InlineData("a{,2}", "aa", "aaa")]
    [InlineData("a{b}", "a{b}", "ab")]
    [InlineData("(?<year>[0-9]{4})", "2026", "20")]
    [InlineData("[\\]^-]+", "^-]", "a")]
    [InlineData("", "", "a")]
    [InlineData("a|", "", "b")]
    public void Pattern_AcceptsAndRejects(string pattern, string accept, string reject)
    {
        var rules = Grammars.OfRegex(pattern);
        Assert.True(rules.Accepts(accept));
        Assert.False(rules.Accepts(reject));
    }

    [Theory]
    [InlineData("(?=a)b", "lookahead")]
    [InlineData("(?!a)b", "lookahead")]
    [InlineData("(?<=a)b", "lookbehind")]
    [InlineData("(?<!a)b", "lookbehind")]
    [InlineData(@"(a)\1", "back-reference")]
    [InlineData(@"(?<n>a)\k<n>", "back-reference")]
    [InlineData(@"\bword", "word boundary")]
    [InlineData("(?i)a", "no flags")]
    [InlineData("a^b", "'^'")]
    [InlineData("a++", "possessive")]
    [InlineData("*a", "nothing before")]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "no '('")]
    [InlineData("[.*", "not closed")]
    [InlineData("[b-a]", "range")]
    [InlineData("a{3,2}", "3 to 2")]
    [InlineData("a{70000}", "65536")]
    [InlineData(@"\p{Greek}", "Greek")]
    [InlineData("\\", "backslash")]
    [InlineData("(a|b)*a(a|b){30}", "20000")]
    public void Pattern_ThatCannotBeServed_IsRefusedWithItsReason(string pattern, string reason) =>
        Assert.Contains(reason, Assert.Throws<GrammarException>(() => Grammars.OfRegex(pattern)).Message, StringComparison.Ordinal);
}
