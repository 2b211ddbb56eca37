namespace KernelDsl;

/// <summary>
/// How int8 pages keep a vector, bit by bit the same in the reference and on every back end: scale = max |lane| / 127, integer = lane / scale to
/// the nearest (ties to even), and what is read is integer · scale rounded to bf16. Each step is one float operation, so a vector's
/// bits depend on that vector alone.
/// </summary>
public static class Int8Vector
{
    /// <summary>Largest integer; the smallest is its negative.</summary>
    public const int Most = 127;

    /// <summary>A vector whose largest magnitude is below this is kept as zeros: its scale would be denormal.</summary>
    public const float Least = Most * 1.17549435e-38f;

    /// <summary>The scale of a vector by its largest magnitude; 0 for one of zeros, NaN where a lane is infinite or NaN: then all lanes read as NaN.</summary>
    public static float ScaleOf(float largest) => largest < Least ? 0 : float.IsFinite(largest) ? largest / Most : float.NaN;

    /// <summary>The integer of a lane.</summary>
    public static sbyte Round(float lane, float scale) => scale > 0 ? (sbyte)MathF.Round(lane / scale, MidpointRounding.ToEven) : (sbyte)0;

    /// <summary>What a lane reads as.</summary>
    public static BFloat16 Read(sbyte integer, float scale) => (BFloat16)(integer * scale);
}
