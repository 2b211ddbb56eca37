using System.Runtime.InteropServices;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Testing;

/// <summary>
/// A model without arithmetic: the logits of a position are a hash of all tokens up to it, which it reads back through the page table.
/// So a wrong page, a stale page, a wrong position or a missing token changes the output, and <see cref="Greedy"/> says what is right.
/// </summary>
public sealed class HashModel(ModelLimits limits) : IModel
{
    readonly int[] _cache = new int[limits.PageCount * limits.PageSize];
    readonly float[] _logits = new float[limits.MaxLogitRows * limits.VocabularySize];
    readonly int[] _argMax = new int[limits.MaxLogitRows];

    /// <summary>Limits that are roomy for tests; change with <c>with</c>.</summary>
    public static ModelLimits SmallLimits { get; } = new(ContextLength: 256, VocabularySize: 67, SampledVocabularySize: 61, PageSize: 16, PageCount: 256,
        MaxTokens: 64, MaxSequences: 16, MaxLogitRows: 64);

    /// <summary>Sees the inputs before a step is computed; may wait or throw.</summary>
    public delegate void StepHook(int step, in StepInputs inputs);

    /// <inheritdoc/>
    public ModelLimits Limits { get; } = limits;

    /// <summary>Called at the start of each step, on the engine's thread.</summary>
    public StepHook? OnStep { get; init; }

    /// <summary>Prompts that begin with this token get NaN logits.</summary>
    public int? PoisonToken { get; init; }

    /// <summary>
    /// How much the last token alone says about the next one, against all tokens together. Above about 2 the text goes in circles and leaves
    /// them now and then.
    /// </summary>
    public float Habit { get; init; }

    /// <summary>Steps begun so far.</summary>
    public int Steps { get; private set; }

    /// <summary>Dispose was called.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>What greedy decoding of a prompt gives, computed from the definition.</summary>
    public static List<int> Greedy(IEnumerable<int> prompt, int count, ModelLimits limits)
    {
        List<int> tokens = [.. prompt];
        var first = tokens.Count;
        var row = new float[limits.VocabularySize];
        for (var i = 0; i < count; i++)
        {
            Fill(row, tokens.Aggregate(0UL, Fold));
            tokens.Add(ArgMax(row.AsSpan(0, limits.SampledVocabularySize)));
        }

        return tokens[first..];
    }

    /// <summary>Logits after the given tokens, computed from the definition.</summary>
    public static float[] LogitsAfter(IEnumerable<int> tokens, ModelLimits limits)
    {
        var row = new float[limits.VocabularySize];
        Fill(row, tokens.Aggregate(0UL, Fold));
        return row;
    }

    /// <inheritdoc/>
    public StepOutputs Step(scoped in StepInputs inputs)
    {
        OnStep?.Invoke(Steps++, inputs);
        StepRules.Check(inputs, Limits);
        var sequences = inputs.Lengths.Length;
        for (var s = 0; s < sequences; s++)
        {
            for (var row = inputs.Starts[s]; row < inputs.Starts[s + 1]; row++)
                _cache[Slot(inputs, s, Position(inputs, s, row))] = inputs.Tokens[row];
        }

        for (var r = 0; r < inputs.LogitRows.Length; r++)
        {
            var row = inputs.LogitRows[r];
            var s = 0;
            while (inputs.Starts[s + 1] <= row)
                s++;

            var hash = 0UL;
            for (var position = 0; position <= Position(inputs, s, row); position++)
                hash = Fold(hash, _cache[Slot(inputs, s, position)]);

            var logits = _logits.AsSpan(r * Limits.VocabularySize, Limits.VocabularySize);
            Fill(logits, hash);
            AddHabit(logits, inputs.Tokens[row]);
            if (PoisonToken == _cache[Slot(inputs, s, 0)])
                logits.Fill(float.NaN);
            _argMax[r] = ArgMax(logits[..Limits.SampledVocabularySize]);
        }

        return new StepOutputs
        {
            Logits = _logits.AsSpan(0, inputs.LogitRows.Length * Limits.VocabularySize),
            ArgMax = _argMax.AsSpan(0, inputs.LogitRows.Length),
        };
    }

    /// <inheritdoc/>
    public int PageBytes => Limits.PageSize * sizeof(int);

    /// <inheritdoc/>
    public void SavePage(int page, Span<byte> destination) => MemoryMarshal.AsBytes(PageOf(page)).CopyTo(destination);

    /// <inheritdoc/>
    public void LoadPage(ReadOnlySpan<byte> source, int page) => source.CopyTo(MemoryMarshal.AsBytes(PageOf(page)));

    /// <inheritdoc/>
    public void Dispose() => IsDisposed = true;

    Span<int> PageOf(int page) => _cache.AsSpan(page * Limits.PageSize, Limits.PageSize);

    static int Position(in StepInputs inputs, int sequence, int row) => row + inputs.Lengths[sequence] - inputs.Starts[sequence + 1];

    int Slot(in StepInputs inputs, int sequence, int position) =>
        inputs.PageTable[sequence * inputs.PageTableWidth + position / Limits.PageSize] * Limits.PageSize + position % Limits.PageSize;

    static ulong Fold(ulong hash, int token) => (hash ^ (ulong)(token + 1)) * 0x9E3779B97F4A7C15 + (hash >> 29);

    /// <summary>Logits between -4 and 4; the padding ids get the largest of all, so that sampling one would show.</summary>
    static void Fill(Span<float> row, ulong hash)
    {
        for (var id = 0; id < row.Length; id++)
        {
            hash = hash * 6364136223846793005 + 1442695040888963407;
            row[id] = (hash >> 40) / (float)(1 << 24) * 8 - 4;
        }

        row[^1] = 50;
    }

    void AddHabit(Span<float> row, int token)
    {
        var hash = Fold(0, token);
        for (var id = 0; id < row.Length && Habit > 0; id++)
            row[id] += Habit * ((hash = Fold(hash, id)) >> 40) / (1 << 24) * 8;
    }

    static int ArgMax(ReadOnlySpan<float> row)
    {
        var best = 0;
        for (var id = 1; id < row.Length; id++)
            best = row[id] > row[best] ? id : best;
        return best;
    }
}
