using System.Text.Json;
using System.Text.RegularExpressions;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>A problem of GSM8K with its solution, as the demonstration model was trained on them: without the calculator's annotations.</summary>
/// <param name="Tokens">All of it.</param>
/// <param name="Solution">Index of the solution's first token.</param>
sealed partial record Problem(int[] Tokens, int Solution)
{
    /// <summary>Problems of a file of the data beside the repository; null where it is absent.</summary>
    public static Problem[]? Read(string file, int count)
    {
        if (Shared.Data("gsm8k") is not { } folder) return null;
        var tokenizer = Tokenizer.Load(DemoModel.Files);
        return [.. File.ReadLines(Path.Combine(folder, file)).Take(count).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            string Field(string name) => json.RootElement.GetProperty(name).GetString()!;
            var answer = Annotation().Replace(Field("answer"), "").Split("\n#### ");
            var question = tokenizer.Encode($"<|im_start|>user\n{Field("question").Trim()}<|im_end|>\n<|im_start|>assistant\n<think>\n");
            return new Problem([.. question, .. tokenizer.Encode($"{answer[0].Trim()}\n</think>\n\nThe answer is {answer[1].Trim()}.<|im_end|>")], question.Count);
        })];
    }

    [GeneratedRegex("<<.*?>>")]
    private static partial Regex Annotation();
}

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
    public static Predictions Of(ModelFiles files, Problem[] problems, WeightFormat? weights = null)
    {
        using var backend = new CpuBackend(threads: 2);
        int longest = problems.Max(static p => p.Tokens.Length);
        using var model = Qwen2Model.Load(files, backend, new() { CacheBytes = 64 << 20, Weights = weights, MaxTokens = longest, MaxSequences = 1, MaxLogitRows = longest });
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
