namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Chooses tokens from rows of logits: penalties, bias, temperature, top-k, top-p, min-p, draw. Ids at or above the sampled vocabulary
/// take no part. One instance serves one thread; it allocates only what it reports. What it draws depends on the row and the sequence's
/// <see cref="SamplingState"/> alone.
/// </summary>
public sealed class Sampler(int sampledVocabulary)
{
    readonly LogitScan _scan = new(sampledVocabulary);
    float[] _original = [];

    /// <summary>The next token. May overwrite the row.</summary>
    /// <param name="logits">One row, at least as long as the sampled vocabulary.</param>
    /// <param name="top">Alternatives to report; null: no log probability at all.</param>
    /// <exception cref="GenerationException"><see cref="GenerationError.LogitsNotFinite"/>.</exception>
    public (int Id, TokenLogProbs? LogProbs) Sample(Span<float> logits, SamplingState state, int? top)
    {
        var row = logits[..sampledVocabulary];
        Measure(row);
        if (top is null)
            return (Choose(row, state), null);

        // The unmodified distribution is reported, so it is read before the row is adjusted.
        var logMass = Math.Log(_scan.Mass(row, temperature: 1f));
        var alternatives = Alternatives(row, top.Value, logMass);
        var max = _scan.Max;
        var original = state.Adjusts ? Copy(row) : row;
        var id = Choose(row, state);
        return (id, new TokenLogProbs(id, (float)(original[id] - max - logMass), alternatives));
    }

    /// <summary>Log probability of a given token and of the best alternatives; the token may lie above the sampled vocabulary.</summary>
    /// <exception cref="GenerationException"><see cref="GenerationError.LogitsNotFinite"/>.</exception>
    public TokenLogProbs Score(ReadOnlySpan<float> logits, int id, int top)
    {
        var row = logits[..sampledVocabulary];
        Measure(row);
        var logMass = Math.Log(_scan.Mass(row, temperature: 1f));
        return new TokenLogProbs(id, (float)(logits[id] - _scan.Max - logMass), Alternatives(row, top, logMass));
    }

    /// <summary>The filters alone, for tests.</summary>
    internal Span<Candidate> Keep(ReadOnlySpan<float> row, SamplingOptions options)
    {
        Measure(row);
        return Kept(row, options);
    }

    int Choose(Span<float> row, SamplingState state)
    {
        if (state.Adjusts)
        {
            state.Adjust(row);
            Measure(row);
        }

        var options = state.Options;
        if (options.Temperature == 0)
            return _scan.ArgMax(row);

        var u = CounterRandom.Uniform(state.Seed, state.Generated);
        if (options is { TopK: 0, TopP: 1f, MinP: 0f })
            return _scan.Draw(row, options.Temperature, _scan.Mass(row, options.Temperature), u);
        return Candidates.Draw(Kept(row, options), u);
    }

    /// <summary>What top-k, top-p and min-p leave, weighted. Each keeps a best-first prefix, so their intersection is the shortest.</summary>
    Span<Candidate> Kept(ReadOnlySpan<float> row, SamplingOptions options)
    {
        Span<Candidate> kept;
        double mass;
        if (options.TopK > 0 && options.TopK < row.Length)
        {
            kept = _scan.Largest(row, options.TopK);
            _scan.Weigh(kept, options.Temperature);
            mass = Candidates.Mass(kept);
        }
        else
        {
            kept = Nucleus(row, options, out mass);
        }

        if (options.TopP < 1f)
            kept = kept[..Candidates.Prefix(kept, options.TopP * mass)];
        return options.MinP > 0 ? AtLeast(kept, options.MinP) : kept;
    }

    /// <summary>Enough of the best tokens to hold the top-p nucleus or all that min-p keeps: the floor sinks until one of both is so.</summary>
    Span<Candidate> Nucleus(ReadOnlySpan<float> row, SamplingOptions options, out double mass)
    {
        mass = options.TopP < 1f ? _scan.Mass(row, options.Temperature) : 0;
        // A little below ln(MinP), because the exact test is made on the weights.
        var least = options.MinP > 0 ? MathF.Log(options.MinP) - 1e-3f : float.NegativeInfinity;
        for (var depth = options.TopP < 1f ? -8f : least; ; depth *= 4)
        {
            depth = MathF.Max(depth, least);
            var kept = _scan.AtLeast(row, _scan.Max + depth * options.Temperature);
            _scan.Weigh(kept, options.Temperature);
            if (depth == least || depth < LogitScan.Underflow || Candidates.Mass(kept) >= options.TopP * mass)
                return kept;
        }
    }

    static Span<Candidate> AtLeast(Span<Candidate> kept, float weight)
    {
        var count = 0;
        foreach (var candidate in kept)
        {
            if (candidate.Weight >= weight)
                kept[count++] = candidate;
        }

        return kept[..count];
    }

    (int Id, float LogProb)[] Alternatives(ReadOnlySpan<float> row, int top, double logMass)
    {
        if (top == 0)
            return [];
        var best = _scan.Largest(row, Math.Min(top, row.Length));
        best.Sort((a, b) => a.Before(b) ? -1 : b.Before(a) ? 1 : 0);
        var alternatives = new (int, float)[best.Length];
        for (var i = 0; i < best.Length; i++)
            alternatives[i] = (best[i].Id, (float)(best[i].Logit - _scan.Max - logMass));
        return alternatives;
    }

    ReadOnlySpan<float> Copy(ReadOnlySpan<float> row)
    {
        if (_original.Length == 0)
            _original = new float[row.Length];
        row.CopyTo(_original);
        return _original;
    }

    void Measure(ReadOnlySpan<float> row)
    {
        if (!_scan.TryMeasure(row))
        {
            throw new GenerationException(GenerationError.LogitsNotFinite,
                "The model's logits for this sequence are not finite (NaN or infinity); check the checkpoint and the back end.");
        }
    }
}
