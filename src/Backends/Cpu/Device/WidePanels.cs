using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>32 activations of an <see cref="ActivationBlock"/> in 16 bits, in the order in which widened panels of int8 meet them.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public unsafe struct WideBlock
{
    /// <summary>Size.</summary>
    public const int Bytes = 72;

    /// <summary>Of every four in turn the first and third, and the second and fourth.</summary>
    public fixed short Even[WeightFormat.Block / 2], Odd[WeightFormat.Block / 2];

    /// <summary>As in the block.</summary>
    public float Scale, Sum;
}

/// <summary>
/// Panels of a quantised weight unpacked, for rows so many that each serves the work in passing: a block of 32 inputs is 16 scales and 16 zero
/// points (int8: only where the format has them) in float, then its integers. Int8 becomes 16 pairs of words, [16 outputs][2], pairs of
/// inputs 0 and 2, 1 and 3 of every four: shifts split bytes that way, and sums of integers have no order. Int4 becomes unsigned bytes,
/// [8][16 outputs][4].
/// </summary>
public static unsafe class WidePanels
{
    private const int Block = WeightFormat.Block, QuadBytes = 4 * Panels.Width;

    /// <summary>Whether blocks have zero points: int4 without any has 8.</summary>
    public static bool HasZeros(WeightFormat format) => format.HasZeros || format.Encoding == WeightEncoding.Int4;

    /// <summary>Bytes of a block of 32 inputs.</summary>
    public static int BlockBytes(WeightFormat format) => (HeaderFloats(format) * sizeof(float)) + (Block * Panels.Width * (format.Encoding == WeightEncoding.Int8 ? sizeof(short) : 1));

    /// <summary>Bytes of a block of activations: int8 wants <see cref="WideBlock"/>, int4 takes them as they are.</summary>
    public static int RowBytes(WeightFormat format) => format.Encoding == WeightEncoding.Int8 ? WideBlock.Bytes : ActivationBlock.Bytes;

    /// <summary>Groups of a panel (Device/QuantisedPanels.cs).</summary>
    public static void Unpack(WeightFormat format, byte* panel, int groups, byte* result)
    {
        int header = QuantisedPanels.HeaderBytes(format), bytes = QuantisedPanels.BlockBytes(format), wide = BlockBytes(format);
        for (int g = 0; g < groups; g++)
        {
            var scales = QuantisedPanels.Halves(panel);
            var zeros = format.HasZeros ? QuantisedPanels.Halves(panel + QuantisedPanels.ScaleBytes) : Vector512.Create((float)format.Centre);
            panel += header;
            for (int b = 0; b < format.Group / Block; b++, panel += bytes, result += wide)
            {
                scales.Store((float*)result);
                if (HasZeros(format))
                    zeros.Store((float*)result + Panels.Width);
                byte* integers = result + (HeaderFloats(format) * sizeof(float));
                if (format.Encoding == WeightEncoding.Int8)
                    Words(panel, bytes, (short*)integers);
                else
                    Nibbles(panel, bytes, integers);
            }
        }
    }

    /// <summary>Blocks of a row, for int8.</summary>
    public static void Widen(ActivationBlock* blocks, int count, WideBlock* result)
    {
        for (int i = 0; i < count; i++, blocks++, result++)
        {
            var v = Vector256.Load((short*)blocks->Values);
            ((v << 8) >> 8).Store(result->Even);
            (v >> 8).Store(result->Odd);
            (result->Scale, result->Sum) = (blocks->Scale, blocks->Sum);
        }
    }

    private static int HeaderFloats(WeightFormat format) => HasZeros(format) ? 2 * Panels.Width : Panels.Width;

    private static void Words(byte* block, int bytes, short* words)
    {
        for (byte* end = block + bytes; block < end; block += QuadBytes, words += QuadBytes)
        {
            Vector256<short> lower = Vector256.Load((short*)block), upper = Vector256.Load((short*)block + 16);
            ((lower << 8) >> 8).Store(words);
            ((upper << 8) >> 8).Store(words + 16);
            (lower >> 8).Store(words + 32);
            (upper >> 8).Store(words + 48);
        }
    }

    private static void Nibbles(byte* block, int bytes, byte* result)
    {
        var mask = Vector256.Create((ushort)0x0f0f);
        for (byte* end = block + bytes; block < end; block += 32, result += 32)
        {
            var v = Vector256.Load((ushort*)block);
            (v & mask).AsByte().Store(result);
            ((v >> 4) & mask).AsByte().Store(result + bytes);
        }
    }
}
