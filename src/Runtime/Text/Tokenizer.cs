using System.Text;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text.Bpe;
using KernelDsl.Runtime.Text.Loading;
using KernelDsl.Runtime.Text.Unicode;
using Microsoft.ML.Tokenizers;

namespace KernelDsl.Runtime.Text;

/// <summary>
/// Text to token ids and back, as Hugging Face's tokenizers does for the byte-level BPE of Qwen2, Qwen2.5, QwQ and Qwen3. Thread-safe.
/// Added tokens are cut out first, the rest is normalised (NFC), cut into pre-tokens, and merged by Microsoft.ML.Tokenizers.
/// </summary>
public sealed class Tokenizer
{
    // Who reads an answer looks for these; some tokenizers call them special.
    static readonly HashSet<string> s_marks = ["<think>", "</think>", "<tool_call>", "</tool_call>"];

    /// <summary>Pre-tokens with more UTF-16 units than this go to <see cref="MergeTable"/>: the library's cost is quadratic in the length.</summary>
    const int LongPreToken = 128;

    readonly TokenizerDefinition _definition;
    readonly Vocabulary _vocabulary;
    readonly BpeTokenizer _library;
    readonly Lazy<MergeTable> _merges;
    readonly AddedTokenMatcher _rawTokens, _normalizedTokens;
    readonly Dictionary<int, AddedToken> _addedById;
    readonly Dictionary<string, AddedToken> _addedByContent;

    internal Tokenizer(TokenizerDefinition definition)
    {
        _definition = definition.Validate();
        _vocabulary = Vocabulary.From(definition);
        _merges = new(() => new(definition));
        _rawTokens = new(definition.AddedTokens.Where(t => !t.Normalized));
        _normalizedTokens = new(definition.AddedTokens.Where(t => t.Normalized));
        _addedById = definition.AddedTokens.ToDictionary(t => t.Id);
        _addedByContent = definition.AddedTokens.ToDictionary(t => t.Content);
        _library = BpeTokenizer.Create(new BpeOptions(definition.Vocabulary)
        {
            Merges = definition.Merges.Select(m => $"{m.Left} {m.Right}"),
            PreTokenizer = new QwenPreTokenizer(),
            ByteLevel = true,
        });
    }

    /// <summary>What its files said.</summary>
    internal TokenizerDefinition Definition => _definition;

    /// <summary>Reads tokenizer.json of a model folder, or vocab.json, merges.txt and tokenizer_config.json when there is none.</summary>
    /// <exception cref="TokenizerException">A file is missing, malformed, or asks for something this tokenizer does not do.</exception>
    public static Tokenizer Load(ModelFiles files) => new(TokenizerFiles.Read(files));

    /// <summary>The same of a folder on disk.</summary>
    /// <exception cref="TokenizerException">A file is missing, malformed, or asks for something this tokenizer does not do.</exception>
    public static Tokenizer Load(string folder) => Load(new FolderFiles(folder));

    /// <summary>Highest id plus one. Rows of the logits at or above it are padding and must not be sampled.</summary>
    public int VocabularySize => _vocabulary.Size;

    /// <summary>All added tokens, in file order.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => _definition.AddedTokens;

    /// <summary>The added token with this text, or null.</summary>
    public AddedToken? FindAddedToken(string content) => _addedByContent.GetValueOrDefault(content);

    /// <summary>The added token with this id, or null.</summary>
    public AddedToken? FindAddedToken(int id) => _addedById.GetValueOrDefault(id);

    /// <summary>Bytes that a token stands for; possibly not whole UTF-8 characters. Empty for ids that name no token.</summary>
    public ReadOnlySpan<byte> TokenBytes(int id) => (uint)id < (uint)_vocabulary.Size ? _vocabulary[id] : default;

    /// <summary>Token ids of a text.</summary>
    /// <param name="text">Any text; ill-formed UTF-16 counts as U+FFFD.</param>
    /// <param name="allowSpecial">True: the texts of added tokens become their ids. False: they are ordinary text (untrusted input).</param>
    public List<int> Encode(string text, bool allowSpecial = true)
    {
        List<int> ids = new(text.Length / 3 + 4);
        if (!allowSpecial) EncodeOrdinary(Normalize(text), ids);
        else
            foreach (var (piece, token) in Cut(text, _rawTokens))
            {
                if (token is null)
                    foreach (var (inner, innerToken) in Cut(Normalize(piece), _normalizedTokens))
                        if (innerToken is null) EncodeOrdinary(inner, ids);
                        else ids.Add(innerToken.Id);
                else ids.Add(token.Id);
            }
        return ids;
    }

    /// <summary>Text of the ids; bytes that are not UTF-8 become U+FFFD, ids that name no token nothing.</summary>
    /// <param name="skipSpecial">Leave out added tokens marked special; those that are not stay, and so do the marks of thoughts and calls.</param>
    public string Decode(IEnumerable<int> ids, bool skipSpecial = true)
    {
        using MemoryStream bytes = new();
        foreach (int id in ids)
            if (IsVisible(id, skipSpecial)) bytes.Write(TokenBytes(id));
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>Whether decoding shows the token.</summary>
    public bool IsVisible(int id, bool skipSpecial) =>
        !skipSpecial || !_addedById.TryGetValue(id, out var token) || !token.Special || s_marks.Contains(token.Content);

    /// <summary>What is wrong with the added tokens: each must encode to its own id alone and decode to itself. Empty when all is well.</summary>
    public IReadOnlyList<string> SelfCheck()
    {
        List<string> faults = [];
        foreach (var token in AddedTokens)
        {
            var ids = Encode(token.Content);
            if (ids is not [var id] || id != token.Id)
                faults.Add($"{_definition.File}: '{token.Content}' should encode to [{token.Id}] but encodes to [{string.Join(", ", ids)}]");
            if (Decode([token.Id], skipSpecial: false) is var text && text != token.Content)
                faults.Add($"{_definition.File}: id {token.Id} should decode to '{token.Content}' but decodes to '{text}'");
        }
        return faults;
    }

    string Normalize(string text) => _definition.Nfc ? Nfc.Normalize(text) : text;

    static IEnumerable<(string Piece, AddedToken? Token)> Cut(string text, AddedTokenMatcher matcher)
    {
        for (int from = 0; from < text.Length;)
        {
            var token = matcher.Next(text, from, out int position);
            if (position > from) yield return (text[from..position], null);
            if (token is null) yield break;
            yield return (token.Content, token);
            from = position + token.Content.Length;
        }
    }

    void EncodeOrdinary(string text, List<int> ids)
    {
        int pending = 0;
        for (int at = 0, end; at < text.Length; at = end)
        {
            end = QwenPreTokenizer.NextEnd(text, at);
            if (end - at <= LongPreToken) continue;
            EncodeShort(text.AsSpan(pending, at - pending), ids);
            _merges.Value.Encode(Encoding.UTF8.GetBytes(text, at, end - at), ids);
            pending = end;
        }
        EncodeShort(text.AsSpan(pending), ids);
    }

    void EncodeShort(ReadOnlySpan<char> text, List<int> ids)
    {
        if (!text.IsEmpty) ids.AddRange(_library.EncodeToIds(text, considerNormalization: false));
    }
}
