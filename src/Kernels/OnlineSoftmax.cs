namespace Kernels;

/// <summary>The running softmax of flash attention (Dao et al. 2022): folds in one tile of scores at a time.</summary>
[Inline]
ref struct OnlineSoftmax(Block rows, Block lanes)
{
    /// <summary>
    /// Where a maximum starts: below any score, yet finite, so that exp(-infinity - Lowest) is 0 where every key is masked (and not NaN).
    /// </summary>
    public const float Lowest = -1e30f;

    Tile<float> _max = Fill(rows, Lowest), _sum = Zeros(rows), _weighted = Zeros(rows, lanes);

    /// <summary>The largest score so far, [rows, 1].</summary>
    public readonly Tile<float> RunningMax => _max;

    /// <summary>Σ exp(score - max), [rows, 1].</summary>
    public readonly Tile<float> RunningSum => _sum;

    /// <summary>Σ exp(score - max) · value, [rows, lanes].</summary>
    public readonly Tile<float> Weighted => _weighted;

    public void Fold(Tile<float> scores, Tile<bf16> values)
    {
        var max = Max(_max, RowMax(scores));
        var weights = Exp(scores - max);
        var decay = Exp(_max - max);
        _sum = _sum * decay + RowSum(weights);
        _weighted = _weighted * decay + Dot(weights.To<bf16>(), values);
        _max = max;
    }
}

/// <summary>Joins the softmaxes of spans of keys, in order; an empty or masked span changes no bit.</summary>
[Inline]
ref struct SoftmaxJoin(Block rows, Block lanes)
{
    Tile<float> _max = Fill(rows, OnlineSoftmax.Lowest), _sum = Zeros(rows), _weighted = Zeros(rows, lanes);

    public void Fold(Tile<float> spanMax, Tile<float> spanSum, Tile<float> spanWeighted)
    {
        var max = Max(_max, spanMax);
        var decay = Exp(_max - max);
        var weight = Exp(spanMax - max);
        _sum = _sum * decay + spanSum * weight;
        _weighted = _weighted * decay + spanWeighted * weight;
        _max = max;
    }

    public readonly Tile<float> Result => _weighted / _sum;
}
