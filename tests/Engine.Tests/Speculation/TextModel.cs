using KernelDsl.Runtime.Model;
using KernelDsl.Testing;

namespace EngineTests.Speculation;

/// <summary>Says given texts, one per sequence, and takes the time that a cost says on a clock that it moves.</summary>
/// <param name="texts">Prompt and output; text i begins with token i, and its prompt is this token.</param>
/// <param name="cost">Seconds of a step: its sequences, and its tokens beyond one of each.</param>
sealed class TextModel(int[][] texts, ManualClock clock, Func<int, int, double> cost) : IModel
{
    readonly float[] _logits = new float[Sizes.MaxLogitRows * Sizes.VocabularySize];
    readonly int[] _argMax = new int[Sizes.MaxLogitRows];
    readonly int[] _texts = new int[Sizes.PageCount];

    public static ModelLimits Sizes { get; } = HashModel.SmallLimits with
    {
        ContextLength = 4096, VocabularySize = 64, SampledVocabularySize = 64, PageSize = 64, PageCount = 64 * 16, MaxTokens = 256, MaxLogitRows = 144,
    };

    public ModelLimits Limits => Sizes;

    public StepOutputs Step(scoped in StepInputs inputs)
    {
        var sequences = inputs.Lengths.Length;
        clock.Advance(cost(sequences, inputs.Tokens.Length - sequences));

        var r = 0;
        for (var s = 0; s < sequences; s++)
        {
            // The first page of a sequence says which text it is.
            var first = inputs.PageTable[s * inputs.PageTableWidth];
            var shift = inputs.Lengths[s] - inputs.Starts[s + 1];
            if (inputs.Starts[s] + shift == 0)
                _texts[first] = inputs.Tokens[inputs.Starts[s]];
            for (; r < inputs.LogitRows.Length && inputs.LogitRows[r] < inputs.Starts[s + 1]; r++)
            {
                var row = _logits.AsSpan(r * Sizes.VocabularySize, Sizes.VocabularySize);
                row.Clear();
                row[texts[_texts[first]][inputs.LogitRows[r] + shift + 1]] = 1;
            }
        }

        return new StepOutputs { Logits = _logits.AsSpan(0, r * Sizes.VocabularySize), ArgMax = _argMax.AsSpan(0, r) };
    }

    public void Dispose() { }
}
