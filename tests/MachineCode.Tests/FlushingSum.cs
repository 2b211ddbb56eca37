using System.Numerics;

namespace KernelDsl.MachineTests;

/// <summary>
/// A step of vdpbf16ps or tdpbf16ps by integers of any length: exact product and sum, one rounding to nearest even, denormals taken as zero and made
/// zero. Shares nothing with the interpreter, which computes in floats.
/// </summary>
internal static class FlushingSum
{
    private const int Mantissa = 24, Bias = 150;

    /// <summary>a * b + c.</summary>
    public static float MultiplyAdd(float a, float b, float c)
    {
        // Units of 2^-150 times 2^-150: the product's.
        BigInteger sum = (Units(a) * Units(b)) + (Units(c) << Bias);
        bool bothNegative = float.IsNegative(a) != float.IsNegative(b) && float.IsNegative(c);
        return sum.IsZero ? Signed(0, bothNegative) : Round(BigInteger.Abs(sum), sum.Sign < 0);
    }

    /// <summary>The number as a multiple of 2^-150; denormals are 0.</summary>
    private static BigInteger Units(float x)
    {
        Assert.True(float.IsFinite(x));
        uint bits = BitConverter.SingleToUInt32Bits(x);
        int exponent = (int)(bits >> (Mantissa - 1)) & 0xFF;
        BigInteger magnitude = exponent == 0 ? 0 : (BigInteger)((bits & 0x7F_FFFF) | 0x80_0000) << exponent;
        return x < 0 ? -magnitude : magnitude;
    }

    /// <summary>A magnitude in units of 2^-300 as a float.</summary>
    private static float Round(BigInteger magnitude, bool negative)
    {
        int drop = (int)magnitude.GetBitLength() - Mantissa;
        // A sum of products is never so short that bits are missing instead, except below the normal range.
        if (drop <= 0)
            return Signed(0, negative);
        BigInteger kept = magnitude >> drop, rest = magnitude - (kept << drop), half = BigInteger.One << (drop - 1);
        if (rest > half || (rest == half && !kept.IsEven))
            kept++;
        if (kept.GetBitLength() > Mantissa)
            (kept, drop) = (kept >> 1, drop + 1);
        int exponent = drop - Bias;
        return exponent <= 0 ? Signed(0, negative)
            : Signed(exponent >= 0xFF ? float.PositiveInfinity : BitConverter.UInt32BitsToSingle(((uint)exponent << (Mantissa - 1)) | ((uint)kept & 0x7F_FFFF)), negative);
    }

    private static float Signed(float magnitude, bool negative) => negative ? -magnitude : magnitude;
}
