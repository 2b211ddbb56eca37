using System.Text.Json;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text.Unicode;

namespace KernelDsl.Runtime.Text.Loading;

/// <summary>Reads a Hugging Face tokenizer.json that describes a Qwen2 style tokenizer and refuses any other, field by field.</summary>
internal static class TokenizerJson
{
    public static TokenizerDefinition Read(ModelFiles files, string name)
    {
        string file = files.PathOf(name);
        using var document = TokenizerFiles.Parse(files, name);
        JsonField root = new(file, "$", document.RootElement);
        root["normalizer"]["type"].Require("NFC", null);
        CheckPreTokenizer(root["pre_tokenizer"]);
        root["decoder"]["type"].Require("ByteLevel");
        root["post_processor"]["type"].Require("ByteLevel", null);

        var model = root["model"];
        model["type"].Require("BPE", null);
        model["dropout"].Require(null, "0", "0.0");
        model["unk_token"].Require(null, "");
        model["continuing_subword_prefix"].Require(null, "");
        model["end_of_word_suffix"].Require(null, "");
        model["byte_fallback"].Require("false", null);
        model["ignore_merges"].Require("false", null);

        Dictionary<string, int> vocabulary = new(model["vocab"].Count);
        foreach (var (text, id) in model["vocab"].Members())
            if (!vocabulary.TryAdd(text, id.Integer)) id.Refuse($"'{text}' is there twice; an entry has one id");
        List<(string, string)> merges = new(model["merges"].Count);
        merges.AddRange(model["merges"].Items().Select(Merge));
        return new(file, vocabulary, merges, AddedTokens(root["added_tokens"]), !root["normalizer"].IsAbsent);
    }

    static void CheckPreTokenizer(JsonField field)
    {
        field["type"].Require("Sequence");
        JsonField[] steps = [.. field["pretokenizers"].Items()];
        if (steps.Length != 2) throw field["pretokenizers"].Error($"has {steps.Length} steps; supported: Split by Qwen2's pattern, then ByteLevel");
        steps[0]["type"].Require("Split");
        steps[0]["pattern"]["Regex"].Require(QwenPreTokenizer.Pattern);
        steps[0]["behavior"].Require("Isolated");
        steps[0]["invert"].Require("false", null);
        steps[1]["type"].Require("ByteLevel");
        steps[1]["add_prefix_space"].Require("false");
        steps[1]["use_regex"].Require("false");
    }

    static (string, string) Merge(JsonField field)
    {
        // Nearly every one of 150,000: without lists.
        if (field.Value is { ValueKind: JsonValueKind.Array } pair && pair.GetArrayLength() == 2 && pair[0].ValueKind == JsonValueKind.String && pair[1].ValueKind == JsonValueKind.String)
            return (pair[0].GetString()!, pair[1].GetString()!);
        string[] parts = field.Text is { } line ? line.Split(' ') : [.. field.Items().Select(i => i.RequiredText)];
        return parts.Length == 2 ? (parts[0], parts[1]) : throw field.Error($"has {parts.Length} parts; a merge joins two");
    }

    static AddedToken[] AddedTokens(JsonField field) =>
        field.IsAbsent ? [] : [.. field.Items().Select(t => AddedToken(t, t["id"].Integer))];

    /// <summary>One entry of added_tokens, or of added_tokens_decoder where the id is the key.</summary>
    public static AddedToken AddedToken(JsonField token, int id)
    {
        foreach (string strips in (ReadOnlySpan<string>)["single_word", "lstrip", "rstrip"]) token[strips].Require("false", null);
        return new(id, token["content"].RequiredText, token["special"].Flag, token["normalized"].Flag);
    }
}
