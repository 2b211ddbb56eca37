using CsCheck;

namespace EngineTests.Sampling;

/// <summary>Rows as models make them: peaked, flat, full of ties, with tokens that are switched off.</summary>
static class SamplerGens
{
    public static readonly Gen<float[]> Row =
        from length in Gen.Int[1, 700]
        from spread in Gen.Int[0, 3].Select(i => new[] { 0f, 0.1f, 2f, 12f }[i])
        from row in Gen.Float[-1, 1].Array[length]
        from coarse in Gen.Bool
        from off in Gen.Int[0, 3]
        select Shape(row, spread, coarse, off);

    public static readonly Gen<float> Temperature = Gen.OneOf(Gen.Float[0.05f, 2f], Gen.Const(1f), Gen.Const(1e-3f));
    public static readonly Gen<int> TopK = Gen.OneOf(Gen.Const(0), Gen.Int[1, 60], Gen.Int[1, 800]);
    public static readonly Gen<float> TopP = Gen.OneOf(Gen.Const(1f), Gen.Float[0.01f, 0.999f]);
    public static readonly Gen<float> MinP = Gen.OneOf(Gen.Const(0f), Gen.Float[0.001f, 0.9f]);

    static float[] Shape(float[] row, float spread, bool coarse, int off)
    {
        for (var i = 0; i < row.Length; i++)
            row[i] = coarse ? MathF.Round(row[i] * spread) : row[i] * spread;
        for (var i = 1; i <= off && i < row.Length; i++)
            row[^i] = float.NegativeInfinity;
        return row;
    }
}
