using System.Globalization;

namespace KernelDsl;

/// <summary>
/// The upper 16 bits of an IEEE 754 binary32: 1 sign, 8 exponent, 7 fraction bits. A storage type: it has conversions and no arithmetic.
/// Equality is of bits (so NaN equals itself and -0 differs from 0).
/// </summary>
/// <param name="Bits">The representation.</param>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>Widens; exact.</summary>
    public static explicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value.Bits << 16);

    /// <summary>Rounds to nearest, ties to even; overflow gives infinity, NaN stays a (quiet) NaN with its sign.</summary>
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return new((ushort)(float.IsNaN(value) ? (bits >> 16) | 0x40 : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The value as a decimal number, culture-invariant.</summary>
    public override string ToString() => ((float)this).ToString(CultureInfo.InvariantCulture);
}
