namespace KernelDsl.Runtime.Model;

/// <summary>YaRN (Peng et al. 2023): slow lane pairs are interpolated, fast ones kept, a ramp between them; scores are sharpened.</summary>
/// <param name="Factor">How much longer the context became.</param>
/// <param name="OriginalContext">Positions the model was trained with before.</param>
/// <param name="BetaFast">Rotations over the original context above which a pair is kept.</param>
/// <param name="BetaSlow">Rotations below which a pair is interpolated.</param>
/// <param name="AttentionFactor">Multiplies cosines and sines.</param>
public sealed record YarnConfig(double Factor, int OriginalContext, double BetaFast, double BetaSlow, double AttentionFactor)
{
    private static readonly string[] Known =
        ["type", "rope_type", "rope_theta", "factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "attention_factor"];

    /// <summary>Positions after the extension.</summary>
    public int ExtendedContext => (int)Math.Min(OriginalContext * Factor, int.MaxValue);

    internal static YarnConfig Read(JsonFields scaling, int trained)
    {
        foreach (var name in scaling.Names)
            if (!Known.Contains(name) && scaling.Has(name)) throw scaling.Fault(name, "given", $"absent; YaRN fields understood are {string.Join(", ", Known)}");

        double factor = scaling.Number("factor", 1, 1024);
        return new(
            factor,
            scaling.Int("original_max_position_embeddings", 1, 1 << 24, trained),
            scaling.Number("beta_fast", 1e-3, 1e6, 32),
            scaling.Number("beta_slow", 1e-3, 1e6, 1),
            scaling.Number("attention_factor", 1e-3, 1e3, 0.1 * Math.Log(factor) + 1));
    }

    /// <summary>Angle per position of each lane pair.</summary>
    internal double[] Frequencies(double theta, int lanes)
    {
        var frequencies = RopeConfig.Frequencies(theta, lanes);
        double low = Math.Max(Math.Floor(PairOf(BetaFast, theta, lanes)), 0);
        double high = Math.Min(Math.Ceiling(PairOf(BetaSlow, theta, lanes)), lanes - 1);
        if (low == high) high += 0.001;

        for (int i = 0; i < frequencies.Length; i++)
        {
            double interpolated = Math.Clamp((i - low) / (high - low), 0, 1);
            frequencies[i] *= 1 - interpolated + interpolated / Factor;
        }
        return frequencies;
    }

    /// <summary>The pair (not an integer) that makes so many rotations over the original context.</summary>
    private double PairOf(double rotations, double theta, int lanes) =>
        lanes * Math.Log(OriginalContext / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
}
