namespace KernelDsl.Runtime.Model;

/// <summary>A norm that has taken scales in.</summary>
/// <param name="Norm">What the norm's weights are multiplied with.</param>
/// <param name="Scales">What the channels of the matrices after it are multiplied with.</param>
readonly record struct FoldedNorm(float[] Norm, float[] Scales)
{
    /// <summary>
    /// Norms are stored in few bits. The scales are moved by what the folded norm's rounding takes, so that both together are exact: the matrices
    /// are rounded afterwards anyway.
    /// </summary>
    public static FoldedNorm Of(FloatTensor norm, float[] scales)
    {
        int count = scales.Length;
        float[] weights = new float[count], stored = new float[count], factors = new float[count], moved = new float[count];
        norm.Read(0, 1, weights);
        Elements.ToFloat(Elements.FromFloat([.. weights.Zip(scales, static (w, s) => w / s)], norm.Element), norm.Element, stored);
        for (int i = 0; i < count; i++)
        {
            bool folds = stored[i] != 0 && float.IsFinite(stored[i]);
            factors[i] = folds ? stored[i] / weights[i] : 1;
            moved[i] = folds ? weights[i] / stored[i] : 1;
        }
        return new(factors, moved);
    }
}
