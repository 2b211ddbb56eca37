namespace KernelDsl.Tools.RandomModel;

/// <summary>The shape of a Qwen2 model, as its config.json spells it.</summary>
sealed record Shape(
    int Layers, int Hidden, int Intermediate, int Heads, int KvHeads, int Vocabulary, bool Tied, int Context = 32768, int? HeadSize = null, double Theta = 1e6)
{
    /// <summary>Published shapes, and one small enough for a test.</summary>
    public static IReadOnlyDictionary<string, Shape> Presets { get; } = new Dictionary<string, Shape>
    {
        ["tiny"] = new(4, 256, 352, 4, 2, 1100, Tied: false, Context: 4096),
        ["0.5b"] = new(24, 896, 4864, 14, 2, 151936, Tied: true),
        ["1.5b"] = new(28, 1536, 8960, 12, 2, 151936, Tied: true),
        ["7b"] = new(28, 3584, 18944, 28, 4, 152064, Tied: false),
        // QwQ-32B's config.json.
        ["32b"] = new(64, 5120, 27648, 40, 8, 152064, Tied: false, Context: 40960),
    };
}
