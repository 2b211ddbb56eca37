using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>What a model foretells of problems' solutions.</summary>
sealed class Predictions
{
    private readonly List<(int Token, float[] LogProbabilities)> _rows = [];

    private Predictions()
    {
    }

    /// <summary>exp of the mean negative log probability of a solution's token.</summary>
    public double Perplexity => Math.Exp(-_rows.Average(static r => (double)r.LogProbabilities[r.Token]));

    /// <summary>Tokens that were foretold.</summary>
    public int Count => _rows.Count;

    /// <summary>A model's.</summary>
    public static Predictions Of(ModelFiles files, Problem[] problems, WeightFormat? weights = null, CacheFormat cache = CacheFormat.BFloat16, ActivationFormat activations = ActivationFormat.Int8)
    {
        using var backend = new CpuBackend(threads: 2);
        int longest = problems.Max(static p => p.Tokens.Length);
        using var model = Qwen2Model.Load(files, backend, new() { CacheBytes = 64 << 20, Weights = weights, Activations = activations, CacheFormat = cache, MaxTokens = longest, MaxSequences = 1, MaxLogitRows = longest });
        var predictions = new Predictions();
        foreach (var (tokens, solution) in problems)
        {
            int pages = (tokens.Length + model.Limits.PageSize - 1) / model.Limits.PageSize, rows = tokens.Length - solution, vocabulary = model.Limits.VocabularySize;
            var outputs = model.Step(new()
            {
                Tokens = tokens, Starts = [0, tokens.Length], Lengths = [tokens.Length], PageTable = Enumerable.Range(0, pages).ToArray(), PageTableWidth = pages,
                LogitRows = Enumerable.Range(solution - 1, rows).ToArray(),
            });
            for (int r = 0; r < rows; r++) predictions._rows.Add((tokens[solution + r], LogSoftmax(outputs.Logits.Slice(r * vocabulary, vocabulary))));
        }
        return predictions;
    }

    /// <summary>How far another model's are from these: the mean over tokens of Σ p · log(p / p'), in nats (Kullback and Leibler 1951).</summary>
    public double DivergenceOf(Predictions other)
    {
        double sum = 0;
        for (int r = 0; r < _rows.Count; r++)
        {
            var (p, q) = (_rows[r].LogProbabilities, other._rows[r].LogProbabilities);
            for (int id = 0; id < p.Length; id++) sum += Math.Exp(p[id]) * (p[id] - q[id]);
        }
        return sum / _rows.Count;
    }

    private static float[] LogSoftmax(ReadOnlySpan<float> logits)
    {
        float most = float.NegativeInfinity;
        double sum = 0;
        foreach (float logit in logits) most = Math.Max(most, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - most);
        float log = most + (float)Math.Log(sum);
        var result = logits.ToArray();
        foreach (ref float value in result.AsSpan()) value -= log;
        return result;
    }
}
