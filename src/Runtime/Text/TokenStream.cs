using System.Text;

namespace KernelDsl.Runtime.Text;

/// <summary>
/// Decodes the ids of one sequence as they come, never splitting a character: the pieces joined are <see cref="Tokenizer.Decode"/> of the ids.
/// An unfinished UTF-8 sequence is held back; U+FFFD stands only for bytes that can no longer become a character.
/// </summary>
public sealed class TokenStream(Tokenizer tokenizer, bool skipSpecial = true)
{
    readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    /// <summary>The characters that this token completes; often none.</summary>
    public string Append(int id) => tokenizer.IsVisible(id, skipSpecial) ? Decode(tokenizer.TokenBytes(id), flush: false) : "";

    /// <summary>What an unfinished character at the end comes to: U+FFFD or nothing. The stream can be used again.</summary>
    public string Flush() => Decode(default, flush: true);

    string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        Span<char> chars = bytes.Length <= 252 ? stackalloc char[256] : new char[bytes.Length + 4];
        return new(chars[.._decoder.GetChars(bytes, chars, flush)]);
    }
}
