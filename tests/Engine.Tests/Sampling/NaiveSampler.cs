using KernelDsl.Runtime.Engine;

namespace EngineTests.Sampling;

/// <summary>The definition of sampling, by full sorts in double: what the fast one is compared with.</summary>
static class NaiveSampler
{
    /// <summary>Softmax of logits / temperature.</summary>
    public static double[] Probabilities(ReadOnlySpan<float> logits, double temperature)
    {
        var scaled = logits.ToArray().Select(l => l / temperature).ToArray();
        var max = scaled.Max();
        var weights = scaled.Select(s => Math.Exp(s - max)).ToArray();
        var total = weights.Sum();
        return [.. weights.Select(w => w / total)];
    }

    /// <summary>Ids that top-k, then top-p, then min-p leave.</summary>
    public static HashSet<int> Kept(ReadOnlySpan<float> logits, double temperature, int topK, double topP, double minP)
    {
        var row = logits.ToArray();
        var order = Enumerable.Range(0, row.Length).OrderByDescending(i => row[i]).ThenBy(i => i).ToArray();
        var k = topK == 0 ? row.Length : Math.Min(topK, row.Length);
        var p = Probabilities([.. order.Take(k).Select(i => row[i])], temperature);

        var kept = new HashSet<int>();
        var sum = 0.0;
        for (var i = 0; i < k; i++)
        {
            if ((i > 0 && topP < 1 && sum >= topP) || p[i] < minP * p[0])
                break;
            kept.Add(order[i]);
            sum += p[i];
        }

        return kept;
    }

    /// <summary>Penalties and bias, each from its definition, over explicit token lists.</summary>
    public static float[] Adjusted(ReadOnlySpan<float> logits, SamplingOptions options, int[] prompt, int[] output)
    {
        var row = logits.ToArray();
        for (var id = 0; id < row.Length; id++)
        {
            if (prompt.Contains(id) || output.Contains(id))
                row[id] = row[id] > 0 ? row[id] / options.RepetitionPenalty : row[id] * options.RepetitionPenalty;
            var count = output.Count(t => t == id);
            if (count > 0)
                row[id] -= options.PresencePenalty;
            row[id] -= count * options.FrequencyPenalty;
            if (options.LogitBias is { } bias && bias.TryGetValue(id, out var added))
                row[id] += added;
        }

        return row;
    }
}
