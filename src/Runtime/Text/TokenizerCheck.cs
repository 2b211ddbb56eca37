using System.Text.RegularExpressions;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text.Loading;

namespace KernelDsl.Runtime.Text;

/// <summary>
/// Whether the files of a tokenizer agree with each other and with the model: the mistakes that show as a wrong first token or as a mark in the
/// text, such as mindformers' qwen2_5_tokenizer.py, which calls id 151667 &lt;|file_sep|&gt; where tokenizer.json has &lt;think&gt;.
/// </summary>
public static partial class TokenizerCheck
{
    /// <summary>Faults of which each is a sentence that names the file, the token and both ids or texts; none when all is well.</summary>
    /// <param name="files">The model's folder; of a GGUF file only the tokenizer itself is checked.</param>
    /// <param name="vocabularySize">Rows of the logits.</param>
    /// <param name="template">The chat template's text; null: there is none.</param>
    public static IReadOnlyList<string> Faults(ModelFiles files, Tokenizer tokenizer, int vocabularySize, string? template)
    {
        List<string> faults = [.. tokenizer.SelfCheck()];
        string file = tokenizer.Definition.File;
        if (tokenizer.VocabularySize > vocabularySize)
            faults.Add($"{file}: has ids up to {tokenizer.VocabularySize - 1}, but the model's vocab_size is {vocabularySize}");
        foreach (string literal in Marks().Matches(template ?? "").Select(static m => m.Value).Distinct())
            if (tokenizer.Encode(literal) is not [_])
                faults.Add($"the chat template has '{literal}', which is no token of {file}: the model would read it as ordinary text");
        if (files.Gguf is null)
        {
            CompareAdded(files, tokenizer.Definition, faults);
            CompareVocabulary(files, tokenizer.Definition, faults);
        }
        return faults;
    }

    /// <summary>added_tokens_decoder of tokenizer_config.json against what was loaded.</summary>
    static void CompareAdded(ModelFiles files, TokenizerDefinition definition, List<string> faults)
    {
        const string name = "tokenizer_config.json";
        if (!files.Exists(name)) return;
        using var document = TokenizerFiles.Parse(files, name);
        JsonField decoder = new JsonField(files.PathOf(name), "$", document.RootElement)["added_tokens_decoder"];
        if (decoder.IsAbsent) return;
        var loaded = definition.AddedTokens.ToDictionary(static t => t.Id, static t => t.Content);
        foreach (var (key, token) in decoder.Members())
            if (int.TryParse(key, out int id) && token["content"].Text is { } content && loaded.GetValueOrDefault(id) is var mine && mine != content)
                faults.Add($"{files.PathOf(name)}: id {id} is '{content}', but {definition.File} says {(mine is null ? "nothing of it" : $"'{mine}'")}");
    }

    /// <summary>vocab.json and merges.txt against tokenizer.json, where a folder has both; the first difference of each is told.</summary>
    static void CompareVocabulary(ModelFiles files, TokenizerDefinition definition, List<string> faults)
    {
        if (!files.Exists("tokenizer.json")) return;
        if (files.Exists("vocab.json"))
        {
            using var document = TokenizerFiles.Parse(files, "vocab.json");
            int entries = 0;
            foreach (var (text, id) in new JsonField(files.PathOf("vocab.json"), "$", document.RootElement).Members())
            {
                entries++;
                if (definition.Vocabulary.TryGetValue(text, out int mine) ? mine == id.Integer : definition.AddedTokens.Any(t => t.Content == text && t.Id == id.Integer)) continue;
                faults.Add($"{files.PathOf("vocab.json")}: '{text}' is {id.Integer}, but {definition.File} {(definition.Vocabulary.ContainsKey(text) ? $"says {mine}" : "has no such entry")}");
                break;
            }
            if (entries < definition.Vocabulary.Count) faults.Add($"{files.PathOf("vocab.json")}: {entries} entries, but {definition.File} has {definition.Vocabulary.Count}");
        }
        if (files.Exists("merges.txt"))
        {
            var merges = LegacyFiles.Merges(files);
            int first = merges.Zip(definition.Merges).TakeWhile(static p => p.First == p.Second).Count();
            if (first < Math.Max(merges.Count, definition.Merges.Count))
                faults.Add($"{files.PathOf("merges.txt")}: merge {first} is {Show(merges, first)}, but {definition.File} has {Show(definition.Merges, first)}");
        }
    }

    static string Show(List<(string Left, string Right)> merges, int at) => at < merges.Count ? $"'{merges[at].Left} {merges[at].Right}'" : "none";

    /// <summary>Marks of turns, such as &lt;|im_start|&gt;; tags such as &lt;tools&gt; may be ordinary text.</summary>
    [GeneratedRegex(@"<\|\w+\|>", RegexOptions.CultureInvariant)]
    private static partial Regex Marks();
}
