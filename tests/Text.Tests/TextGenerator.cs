using System.Text;

namespace KernelDsl.Tests.Text;

/// <summary>Seeded text of many scripts, spaces, marks, astral letters and added tokens.</summary>
static class TextGenerator
{
    static readonly string[] Pieces =
    [
        "Hello", " world", "don't", "'LL", "  ", "\n", "\r\n", "\t", "123", "4.5", "é", "e\u0301", "한국어", "각", "北京", "𝒳𝒴", "𠀀", "👩‍👩‍👧", "🇩🇪", "\u00A0", "\u3000",
        "ß", "ſ", "K", "Ω", "हिन्दी", "עברית", "العربية", "<|im_start|>", "<|im_end|>", "<think>", "</think>", "<", "|", "!?!", "____", "/* x */", "q\u0323\u0307", "\u0338",
    ];

    public static string Text(Random random, int pieces)
    {
        StringBuilder text = new();
        for (int i = 0; i < pieces; i++)
            text.Append(random.Next(6) == 0 ? AnyRune(random).ToString() : Pieces[random.Next(Pieces.Length)]);
        return text.ToString();
    }

    public static IEnumerable<string> Samples(int count)
    {
        Random random = new(7);
        for (int i = 0; i < count; i++) yield return Text(random, random.Next(1, 24));
    }

    /// <summary>A random code point, half of the time from the lower planes' busy start.</summary>
    public static Rune AnyRune(Random random)
    {
        while (true)
            if (Rune.TryCreate(random.Next(random.Next(2) == 0 ? 0x3100 : 0x110000), out var rune)) return rune;
    }
}
