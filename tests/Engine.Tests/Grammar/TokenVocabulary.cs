using System.Text;
using CsCheck;
using KernelDsl.Runtime.Grammar.Tokens;

namespace EngineTests.Grammar;

/// <summary>Vocabularies: every byte is a token, so that nothing is out of reach, and some longer pieces are.</summary>
static class TokenVocabulary
{
    static readonly string[] s_pieces =
    [
        "{\"", "\":", "\": \"", "\",", "\", \"", "\"}", "}}", "},", "[[", "]]", "[]", "{}", "true", "tru", "false", "null", "12", "0.", ".5", "e1", "-1", "  ", "\n ",
        "\n\n", ", ", "\\n", "\\u", "00", "é", "🙂", "ab", "abc", "a\"", "name", "\"a\"", "\"b\":", "\"}\n", "<tool_call>", "日本",
    ];

    public static readonly Gen<TokenTrie> Any =
        Gen.Select(Pick.Of(s_pieces).Array[0, 40], Gen.Byte.Array[2, 5].Array[0, 10]).Select((pieces, random) => Of([.. pieces.Select(Encoding.UTF8.GetBytes), .. random]));

    public static TokenTrie Full { get; } = Of([.. s_pieces.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>Ids 0 to 255 are the bytes, 256 has no text, then the pieces.</summary>
    public static TokenTrie Of(IReadOnlyList<byte[]> pieces) => new([.. Enumerable.Range(0, 256).Select(b => new[] { (byte)b }), [], .. pieces]);

    public static bool Has(this ReadOnlySpan<ulong> bits, int id) => (bits[id >> 6] >> (id & 63) & 1) != 0;

    public static List<int> Ids(this ReadOnlySpan<ulong> bits)
    {
        var ids = new List<int>();
        for (var id = 0; id < 64 * bits.Length; id++)
        {
            if (bits.Has(id))
                ids.Add(id);
        }

        return ids;
    }
}
