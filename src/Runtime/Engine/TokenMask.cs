namespace KernelDsl.Runtime.Engine;

/// <summary>Takes tokens out of a row of logits.</summary>
static class TokenMask
{
    /// <summary>Leaves what the constraint allows, and the stop tokens exactly where the output may end; the rest becomes -infinity.</summary>
    /// <exception cref="GenerationException"><see cref="GenerationError.ConstraintFailed"/>: nothing is left.</exception>
    public static void Apply(Span<float> logits, IConstraintState constraint, ReadOnlySpan<int> stops)
    {
        var mayEnd = constraint.MayEnd;
        Span<float> ends = stackalloc float[64];
        ends = stops.Length <= ends.Length ? ends[..stops.Length] : new float[stops.Length];
        for (var i = 0; i < stops.Length; i++)
            ends[i] = mayEnd && stops[i] < logits.Length ? logits[stops[i]] : float.NegativeInfinity;

        var allowed = constraint.Allowed;
        var left = allowed.IsEmpty || Mask(logits, allowed);
        for (var i = 0; i < stops.Length; i++)
        {
            if (stops[i] >= logits.Length)
                continue;
            logits[stops[i]] = ends[i];
            left |= mayEnd;
        }

        if (!left)
        {
            throw new GenerationException(GenerationError.ConstraintFailed,
                "The structured output can neither go on nor end here: no token of the vocabulary fits the grammar.");
        }
    }

    /// <summary>Takes out the ids without a bit; false when there is no bit.</summary>
    static bool Mask(Span<float> logits, ReadOnlySpan<ulong> allowed)
    {
        var any = 0UL;
        for (var start = 0; start < logits.Length; start += 64)
        {
            var part = logits[start..Math.Min(start + 64, logits.Length)];
            var bits = start / 64 < allowed.Length ? allowed[start / 64] : 0;
            any |= part.Length == 64 ? bits : bits & ((1UL << part.Length) - 1);
            if (bits == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            for (var i = 0; bits != ulong.MaxValue && i < part.Length; i++)
            {
                if ((bits >> i & 1) == 0)
                    part[i] = float.NegativeInfinity;
            }
        }

        return any != 0;
    }
}
