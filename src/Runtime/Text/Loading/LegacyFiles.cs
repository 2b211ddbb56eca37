using KernelDsl.Runtime.Model;

namespace KernelDsl.Runtime.Text.Loading;

/// <summary>Reads the files of the "slow" Qwen2Tokenizer: vocab.json, merges.txt, tokenizer_config.json.</summary>
internal static class LegacyFiles
{
    public static TokenizerDefinition Read(ModelFiles files)
    {
        string vocabFile = files.PathOf("vocab.json"), configFile = files.PathOf("tokenizer_config.json");
        using var vocab = TokenizerFiles.Parse(files, "vocab.json");
        Dictionary<string, int> vocabulary = [];
        foreach (var (text, id) in new JsonField(vocabFile, "$", vocab.RootElement).Members()) vocabulary[text] = id.Integer;

        using var config = TokenizerFiles.Parse(files, "tokenizer_config.json");
        JsonField root = new(configFile, "$", config.RootElement);
        root["tokenizer_class"].Require("Qwen2Tokenizer", "Qwen2TokenizerFast");
        root["add_prefix_space"].Require("false", null);
        var added = root["added_tokens_decoder"].Members().Select(m => TokenizerJson.AddedToken(m.Value,
            int.TryParse(m.Name, out int id) ? id : throw m.Value.Error("the key of a token is its id, an integer")));
        return new(vocabFile, vocabulary, Merges(files), [.. added], Nfc: true);
    }

    public static List<(string Left, string Right)> Merges(ModelFiles files)
    {
        string file = files.PathOf("merges.txt");
        if (!files.Exists("merges.txt")) throw new TokenizerException(file, "$", "not found; it belongs to the vocab.json beside it");
        List<(string Left, string Right)> merges = [];
        int number = 0;
        using StreamReader reader = new(files.OpenRead("merges.txt"));
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.Length == 0 || number == 1 && line.StartsWith("#version", StringComparison.Ordinal)) continue;
            string[] parts = line.Split(' ');
            if (parts.Length != 2) throw new TokenizerException(file, $"line {number}", $"'{line}' has {parts.Length} parts; a merge joins two");
            merges.Add((parts[0], parts[1]));
        }
        return merges;
    }
}
