using System.Runtime.InteropServices;

namespace KernelDsl.Runtime.Engine;

/// <summary>
/// What sampling remembers of one sequence: its options, its seed, how often each token was seen where a penalty asks, and where it is in its
/// constraint.
/// </summary>
public sealed class SamplingState
{
    // Key: seen in prompt or output; value: occurrences in the output. Null when no penalty is on.
    readonly Dictionary<int, int>? _seen;
    readonly (int Id, float Bias)[] _bias;
    readonly IConstraintState? _constraint;
    readonly int[] _stops;

    /// <param name="seed">Used where the options name none.</param>
    /// <param name="constraint">What may be sampled; null: anything.</param>
    /// <param name="stops">Tokens that end the sequence; the constraint says when they may.</param>
    public SamplingState(SamplingOptions options, ReadOnlySpan<int> prompt, ulong seed, IConstraintState? constraint = null, int[]? stops = null)
    {
        _constraint = constraint;
        _stops = stops ?? [];
        Options = options;
        Seed = options.Seed ?? seed;
        _bias = [.. (options.LogitBias ?? new Dictionary<int, float>()).Select(pair => (pair.Key, pair.Value))];
        if (options is { RepetitionPenalty: 1f, PresencePenalty: 0f, FrequencyPenalty: 0f })
            return;

        _seen = [];
        foreach (var id in prompt)
            _seen[id] = 0;
    }

    /// <summary>The request's options.</summary>
    public SamplingOptions Options { get; }

    /// <summary>Key of this request's random numbers.</summary>
    public ulong Seed { get; }

    /// <summary>Tokens generated so far; the counter of the random numbers.</summary>
    public int Generated { get; private set; }

    /// <summary>True when <see cref="Adjust"/> changes logits.</summary>
    public bool Adjusts => _seen is not null || _bias.Length > 0 || _constraint is not null;

    /// <summary>Counts a generated token.</summary>
    public void Observe(int id)
    {
        Generated++;
        if (_seen is not null)
            CollectionsMarshal.GetValueRefOrAddDefault(_seen, id, out _)++;
        if (_constraint is not null && !_stops.Contains(id))
            _constraint.Accept(id);
    }

    /// <summary>
    /// Takes out what the constraint does not allow, then applies repetition, presence and frequency penalties and the bias, in place; the latter
    /// touch only the ids concerned.
    /// </summary>
    /// <exception cref="GenerationException"><see cref="GenerationError.ConstraintFailed"/>.</exception>
    public void Adjust(Span<float> logits)
    {
        if (_constraint is not null)
            TokenMask.Apply(logits, _constraint, _stops);
        if (_seen is not null)
        {
            foreach (var (id, count) in _seen)
            {
                if (id < logits.Length)
                    logits[id] = Penalised(logits[id], count);
            }
        }

        foreach (var (id, bias) in _bias)
            logits[id] += bias;
    }

    float Penalised(float logit, int count)
    {
        logit = logit > 0 ? logit / Options.RepetitionPenalty : logit * Options.RepetitionPenalty;
        return count == 0 ? logit : logit - Options.PresencePenalty - count * Options.FrequencyPenalty;
    }
}
