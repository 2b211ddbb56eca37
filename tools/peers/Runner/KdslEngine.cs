using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Tools.Peers.Runner;

/// <summary>kdsl on a Hugging Face folder, step by step as its scheduler would drive it.</summary>
sealed class KdslEngine : IEngine
{
    // The server's defaults.
    private const int PageSize = 64, ChunkTokens = 512;

    private readonly CpuBackend _backend;
    private readonly Qwen2Model _model;
    private readonly int[] _pages, _starts, _lengths, _rows;
    private readonly int _pagesPerSequence;
    private readonly float[] _logits;

    // The prompt that the first sequences hold.
    private int[] _prompt = [];
    private int _prepared;

    /// <summary>Loads the model for sequences of so many positions.</summary>
    public KdslEngine(string folder, int threads, int sequences, int positions)
    {
        _pagesPerSequence = (positions + PageSize - 1) / PageSize;
        _backend = new CpuBackend(threads);
        _model = Qwen2Model.Load(new FolderFiles(folder), _backend, new ModelOptions
        {
            PageSize = PageSize,
            MaxTokens = ChunkTokens,
            MaxSequences = sequences,
            ContextLength = _pagesPerSequence * PageSize,
            CacheBytes = long.MaxValue,
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
    public void Prepare(int sequences, ReadOnlySpan<int> prompt)
    {
        // Every sequence computes its own pages: shared ones would be read from the caches.
        if (!prompt.SequenceEqual(_prompt))
            (_prompt, _prepared) = (prompt.ToArray(), 0);
        for (; _prepared < sequences; _prepared++)
            Compute(_prepared, prompt);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<float> Prefill(ReadOnlySpan<int> prompt)
    {
        _prepared = 0;
        Compute(0, prompt);
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

    private void Compute(int sequence, ReadOnlySpan<int> prompt)
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
                PageTable = _pages.AsSpan(sequence * _pagesPerSequence, _pagesPerSequence),
                PageTableWidth = _pagesPerSequence,
                LogitRows = last ? [count - 1] : [],
            });
            output.Logits.CopyTo(_logits);
        }
    }
}
