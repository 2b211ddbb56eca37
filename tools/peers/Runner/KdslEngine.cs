using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Tools.Peers.Runner;

/// <summary>kdsl on a Hugging Face folder or a GGUF file, step by step as its scheduler would drive it.</summary>
sealed class KdslEngine : IEngine
{
    // The server's defaults.
    private const int PageSize = 64, ChunkTokens = 512;

    // No panel of the cache holds fewer positions.
    private const int Panel = 16;

    private readonly CpuBackend _backend;
    private readonly Qwen2Model _model;
    private readonly int[] _pages, _starts, _lengths, _rows;
    private readonly int _pagesPerSequence;
    private readonly float[] _logits;

    /// <summary>Loads the model for sequences of so many positions.</summary>
    /// <param name="cache">Folder of packed weights; null: they are packed at every start.</param>
    public KdslEngine(string path, string? cache, int threads, int sequences, int positions)
    {
        _pagesPerSequence = (positions + PageSize - 1) / PageSize;
        _backend = new CpuBackend(threads);
        _model = Qwen2Model.Load(ModelFiles.Open(path), _backend, new ModelOptions
        {
            PageSize = PageSize,
            MaxTokens = ChunkTokens,
            MaxSequences = sequences,
            ContextLength = _pagesPerSequence * PageSize,
            CacheBytes = long.MaxValue,
            WeightCache = cache == null ? null : new(cache, Console.Error.WriteLine),
        });
        _pages = [.. Enumerable.Range(0, sequences * _pagesPerSequence)];
        _starts = [.. Enumerable.Range(0, sequences + 1)];
        _lengths = new int[sequences];
        _logits = new float[VocabularySize];
        _rows = [.. Enumerable.Range(0, sequences)];
    }

    /// <inheritdoc/>
    public string Version => _backend.Description;

    /// <inheritdoc/>
    public int VocabularySize => _model.Limits.VocabularySize;

    /// <inheritdoc/>
    public void Prepare(int sequences, int context)
    {
        // Computing whole prompts would take most of a run. One token per panel gives every page of the cache memory of its own; pages never
        // written would all be the system's one page of zeros, and be read from the processor's caches.
        var tokens = new int[sequences];
        for (int position = 0; position < context; position += Panel)
            Decode(tokens, position);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Prefill(ReadOnlySpan<int> prompt)
    {
        for (int done = 0, count; done < prompt.Length; done += count)
        {
            count = Math.Min(prompt.Length - done, ChunkTokens);
            bool last = done + count == prompt.Length;
            var output = _model.Step(new StepInputs
            {
                Tokens = prompt.Slice(done, count),
                Starts = [0, count],
                Lengths = [done + count],
                PageTable = _pages.AsSpan(0, _pagesPerSequence),
                PageTableWidth = _pagesPerSequence,
                LogitRows = last ? [count - 1] : [],
            });
            output.Logits.CopyTo(_logits);
        }

        return _logits;
    }

    /// <inheritdoc/>
    public void Decode(ReadOnlySpan<int> tokens, int position)
    {
        int count = tokens.Length;
        _lengths.AsSpan(0, count).Fill(position + 1);
        _ = _model.Step(new StepInputs
        {
            Tokens = tokens,
            Starts = _starts.AsSpan(0, count + 1),
            Lengths = _lengths.AsSpan(0, count),
            PageTable = _pages.AsSpan(0, count * _pagesPerSequence),
            PageTableWidth = _pagesPerSequence,
            LogitRows = _rows.AsSpan(0, count),
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
    }
}
