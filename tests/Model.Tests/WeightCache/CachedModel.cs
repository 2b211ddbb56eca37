using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.WeightCaches;

/// <summary>Loads models through a cache in a folder of its own and says what happened.</summary>
sealed class CachedModel : IDisposable
{
    private static readonly int[] Prompt = [.. DemoModel.Goldens[0].Prompt.Take(8)];

    private readonly TemporaryFolder _folder = new();

    /// <summary>The cache's folder.</summary>
    public string Folder => Path.Combine(_folder.Path, "cache");

    /// <summary>Its one file.</summary>
    public string File => Assert.Single(Directory.GetFiles(Folder));

    /// <summary>Logits, what the back end did, and the lines that were told.</summary>
    public Load Load(ModelFiles model, WeightFormat? weights = null, CountingBackend? backend = null, string? folder = "")
    {
        var lines = new List<string>();
        var cache = folder == null ? null : new WeightCache(folder == "" ? Folder : folder, lines.Add);
        using (backend ??= new())
        {
            using var loaded = Qwen2Model.Load(model, backend, new() { CacheBytes = 64 << 20, MaxTokens = 64, MaxSequences = 1, Weights = weights, WeightCache = cache });
            int vocabulary = loaded.Config.VocabularySize;
            var logits = new Sessions(loaded).Prefill(new Session(Prompt.Select(t => t % vocabulary)));
            return new(logits, backend.Packed > 0, backend.Mapped > 0, lines);
        }
    }

    public void Dispose() => _folder.Dispose();
}

/// <param name="Logits">After a prompt.</param>
/// <param name="Packed">Whether a weight was packed.</param>
/// <param name="Mapped">Whether weights were mapped.</param>
/// <param name="Lines">What was told.</param>
sealed record Load(float[] Logits, bool Packed, bool Mapped, List<string> Lines);
