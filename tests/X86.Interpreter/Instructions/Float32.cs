namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>
/// Single precision on bit patterns, with the default MXCSR: round to nearest even, denormals kept, exceptions masked. NaNs are chosen
/// here and not left to the host, whose compiler may swap operands.
/// </summary>
internal static class Float32
{
    /// <summary>What an invalid operation on numbers gives.</summary>
    public const uint Indefinite = 0xFFC0_0000;

    private const uint MagnitudeBits = 0x7FFF_FFFF;
    private const uint InfinityBits = 0x7F80_0000;
    private const uint QuietBit = 0x0040_0000;
    private const uint SmallestNormal = 0x0080_0000;
    private const uint SignBit = 0x8000_0000;

    public static bool IsNaN(uint x) => (x & MagnitudeBits) > InfinityBits;

    public static uint Quiet(uint x) => x | QuietBit;

    public static uint Add(uint a, uint b) => Choose(a, b, Value(a) + Value(b));

    public static uint Subtract(uint a, uint b) => Choose(a, b, Value(a) - Value(b));

    public static uint Multiply(uint a, uint b) => Choose(a, b, Value(a) * Value(b));

    public static uint Divide(uint a, uint b) => Choose(a, b, Value(a) / Value(b));

    /// <summary>The second operand wherever the comparison does not hold: of NaNs and of zeros.</summary>
    public static uint Min(uint a, uint b) => Value(a) < Value(b) ? a : b;

    /// <inheritdoc cref="Min"/>
    public static uint Max(uint a, uint b) => Value(a) > Value(b) ? a : b;

    /// <summary>a * b + c, rounded once; of several NaNs the first.</summary>
    public static uint MultiplyAdd(uint a, uint b, uint c) =>
        IsNaN(a) ? Quiet(a) : IsNaN(b) ? Quiet(b) : IsNaN(c) ? Quiet(c) : Number(MathF.FusedMultiplyAdd(Value(a), Value(b), Value(c)));

    /// <summary>-(a * b) + c, rounded once; a NaN keeps its sign.</summary>
    public static uint NegatedMultiplyAdd(uint a, uint b, uint c) => MultiplyAdd(IsNaN(a) ? a : a ^ SignBit, b, c);

    /// <summary>a * b - c, rounded once.</summary>
    public static uint MultiplySubtract(uint a, uint b, uint c) => MultiplyAdd(a, b, IsNaN(c) ? c : c ^ SignBit);

    /// <summary>-(a * b) - c, rounded once.</summary>
    public static uint NegatedMultiplySubtract(uint a, uint b, uint c) => NegatedMultiplyAdd(a, b, IsNaN(c) ? c : c ^ SignBit);

    /// <summary>A denormal as zero of its sign.</summary>
    public static uint FlushInput(uint x) => (x & MagnitudeBits) < SmallestNormal ? x & SignBit : x;

    /// <summary>a * b + c, rounded once, with denormal inputs taken as zero and a tiny result made zero.</summary>
    public static uint FlushingMultiplyAdd(uint a, uint b, uint c)
    {
        (a, b, c) = (FlushInput(a), FlushInput(b), FlushInput(c));
        uint result = FlushInput(MultiplyAdd(a, b, c));
        // A result is tiny when it would be below the normal range with an unbounded exponent: this one was rounded up to its edge.
        return (result & MagnitudeBits) == SmallestNormal && RoundsBelowNormal(Value(a), Value(b), Value(c)) ? result & SignBit : result;
    }

    /// <summary>To the nearest integer; what does not fit gives the lowest.</summary>
    public static int ToInt32(uint x) => Integer(MathF.Round(Value(x), MidpointRounding.ToEven));

    /// <summary>Towards zero; what does not fit gives the lowest.</summary>
    public static int ToInt32Truncated(uint x) => Integer(MathF.Truncate(Value(x)));

    public static uint FromHalf(ushort half)
    {
        const uint MantissaShift = 13;
        uint sign = (half & 0x8000u) << 16;
        uint magnitude = half & 0x7FFFu;
        if (magnitude > 0x7C00) return sign | InfinityBits | QuietBit | (magnitude & 0x3FF) << (int)MantissaShift;
        // Denormals are exact in single precision.
        return sign | Bits((float)BitConverter.UInt16BitsToHalf((ushort)magnitude));
    }

    public static float Value(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    public static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static int Integer(float whole) => whole is >= -2147483648f and < 2147483648f ? (int)whole : int.MinValue;

    private static uint Choose(uint a, uint b, float result) => IsNaN(a) ? Quiet(a) : IsNaN(b) ? Quiet(b) : Number(result);

    private static uint Number(float result) => float.IsNaN(result) ? Indefinite : Bits(result);

    /// <summary>Whether |a * b + c| lies below the midpoint between the smallest normal number and the number of 24 bits below it.</summary>
    private static bool RoundsBelowNormal(float a, float b, float c)
    {
        double midpoint = Math.ScaleB(1, -126) - Math.ScaleB(1, -151);
        // The product of two singles is exact in double; Knuth's two-sum gives the sum's error.
        double product = (double)a * b, sum = product + c;
        double part = sum - product, error = product - (sum - part) + (c - part);
        double magnitude = Math.Abs(sum), signedError = sum < 0 ? -error : error;
        return magnitude < midpoint || (magnitude == midpoint && signedError < 0);
    }
}
