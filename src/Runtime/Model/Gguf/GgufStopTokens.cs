namespace KernelDsl.Runtime.Model;

/// <summary>Which ids end a sequence of a GGUF model.</summary>
static class GgufStopTokens
{
    // A file names one end; that a chat model has two (its generation_config.json) is lost in conversion, so llama.cpp knows these by their text.
    private static readonly string[] Ends = ["<|im_end|>", "<|endoftext|>"];

    /// <summary>The ids that the metadata name, then the tokens that Qwen2's makers call ends; each once.</summary>
    /// <exception cref="GgufException">An id is out of range, or the tokens are no strings.</exception>
    public static IReadOnlyList<int> Read(GgufMetadata m, int vocabulary)
    {
        var stops = new List<int>();
        foreach (string key in (ReadOnlySpan<string>)[GgufTokens.EndOfText, GgufTokens.EndOfTurn, GgufTokens.EndOfMessage])
            if (m.Has(key)) Add(m.Int(key, 0, vocabulary - 1));
        var tokens = m.Strings(GgufTokens.Tokens) ?? [];
        foreach (string end in Ends)
            for (int id = 0; id < tokens.Count; id++)
                if (tokens[id] == end) Add(id);
        return stops;

        void Add(int id)
        {
            if (!stops.Contains(id)) stops.Add(id);
        }
    }
}
