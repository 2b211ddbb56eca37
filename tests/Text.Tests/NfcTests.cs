using System.Text;
using KernelDsl.Runtime.Text.Unicode;
using Xunit.Abstractions;

namespace KernelDsl.Tests.Text;

/// <summary>Our normaliser against the platform's (ICU or Windows), which the product cannot rely on.</summary>
public class NfcTests(ITestOutputHelper output)
{
    /// <summary>Code points with normalisation data that Unicode 16 and 17 added after the table's version.</summary>
    static bool IsNewer(int code) => code is 0x897 or 0x105C9 or 0x105E4 or (>= 0x10D69 and <= 0x10D6D) or 0x10EFC or (>= 0x11380 and <= 0x113E2)
        or (>= 0x1611E and <= 0x1612F) or (>= 0x16D63 and <= 0x16D6A) or (>= 0x1E5EE and <= 0x1E5EF) or (>= 0x1ACF and <= 0x1AEB)
        or (>= 0x10EFA and <= 0x10EFB) or (>= 0x11B60 and <= 0x11B67) or (>= 0x1E6E3 and <= 0x1E6F5) or 0x11F5A;

    bool PlatformNormalizes()
    {
        if ("e\u0301".Normalize() == "é") return true;
        output.WriteLine("skipped: string.Normalize does nothing here (no ICU)");
        return false;
    }

    [Fact]
    public void Normalize_EveryCodePointAloneAndInContext_AgreesWithThePlatform()
    {
        if (!PlatformNormalizes()) return;
        foreach (int code in CodePoints())
        {
            string c = char.ConvertFromUtf32(code);
            // Alone; between marks of a low and a high class; after a likely starter; before a mark; before and after Hangul letters.
            string text = $"{c}\na\u0301{c}\u0334\u0323\no{c}{c}\n{c}\u0338\n{c}\u11A8\n\u1100{c}";
            if (Nfc.Normalize(text) != text.Normalize()) Assert.Fail($"U+{code:X} in {Codes(text)}: {Codes(Nfc.Normalize(text))}, platform {Codes(text.Normalize())}");
        }
    }

    [Fact]
    public void Normalize_RandomStrings_AgreesWithThePlatform()
    {
        if (!PlatformNormalizes()) return;
        Random random = new(3);
        int[] codes = [.. CodePoints()];
        int[] busy = [.. codes.Where(c => char.ConvertFromUtf32(c).Normalize(NormalizationForm.FormD).Length > 1 || c is >= 0x300 and < 0x370 or >= 0x1100 and < 0x1200)];
        for (int i = 0; i < 200_000; i++)
        {
            StringBuilder text = new();
            for (int n = random.Next(1, 9); n > 0; n--)
            {
                var from = random.Next(4) == 0 ? codes : busy;
                string piece = char.ConvertFromUtf32(from[random.Next(from.Length)]);
                text.Append(random.Next(3) == 0 ? piece.Normalize(NormalizationForm.FormD) : piece);
            }
            string s = text.ToString();
            if (Nfc.Normalize(s) != s.Normalize()) Assert.Fail($"{Codes(s)}: {Codes(Nfc.Normalize(s))}, platform {Codes(s.Normalize())}");
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "é")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\u0958", "\u0915\u093C")]
    public void Normalize_KnownText_GivesNfc(string text, string expected) => Assert.Equal(expected, Nfc.Normalize(text));

    [Fact]
    public void Normalize_LoneSurrogate_GivesReplacementCharacter() => Assert.Equal("a\uFFFDb", Nfc.Normalize("a\uD800b"));

    [Fact]
    public void Normalize_Twice_IsTheSame()
    {
        foreach (string text in TextGenerator.Samples(2000))
            Assert.Equal(Nfc.Normalize(text), Nfc.Normalize(Nfc.Normalize(text)));
    }

    static IEnumerable<int> CodePoints() => Enumerable.Range(0, 0x110000).Where(c =>
        c is (< 0xD800 or > 0xDFFF) and not (>= 0xFDD0 and <= 0xFDEF) && (c & 0xFFFE) != 0xFFFE && !IsNewer(c));

    static string Codes(string text) => string.Join(' ', text.EnumerateRunes().Select(r => $"{r.Value:X}"));
}
