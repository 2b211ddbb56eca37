using System.Text;

namespace KernelDsl.Runtime.Text.Bpe;

/// <summary>The 256 printable characters that stand for bytes in GPT-2 style vocabularies ("Ġ" is a space).</summary>
internal static class ByteAlphabet
{
    static readonly char[] Chars = Build();

    // By character; below 0 for one outside the alphabet.
    static readonly short[] Bytes = [.. Enumerable.Range(0, Chars.Max() + 1).Select(c => (short)Array.IndexOf(Chars, (char)c))];

    public static char ToChar(byte value) => Chars[value];

    /// <summary>The bytes that a vocabulary entry stands for; false when it has a character outside the alphabet.</summary>
    public static bool TryDecode(string token, Span<byte> bytes)
    {
        for (int i = 0; i < token.Length; i++)
        {
            if (token[i] >= Bytes.Length || Bytes[token[i]] < 0) return false;
            bytes[i] = (byte)Bytes[token[i]];
        }
        return true;
    }

    /// <summary>Text as the library's byte-level vocabulary spells it.</summary>
    public static string Encode(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(ToChar));

    static char[] Build()
    {
        var chars = new char[256];
        for (int b = 0, unprintable = 0; b < 256; b++)
            chars[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)(256 + unprintable++);
        return chars;
    }
}
