using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// 32 activations of a row as integers from -127 to 127 and a scale: what integer dots multiply (dynamic quantisation, a block at a time).
/// The sums are what the offsets of weights are multiplied by.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public unsafe struct ActivationBlock
{
    /// <summary>Size.</summary>
    public const int Bytes = 48;

    /// <summary>The integers.</summary>
    public fixed sbyte Values[WeightFormat.Block];

    /// <summary>An activation is its integer times this.</summary>
    public float Scale;

    /// <summary>Sum of the integers.</summary>
    public float Sum;

    /// <summary>-8 and -128 times the sum: for int4 without zero points, and for int8 where a processor wants unsigned bytes.</summary>
    public int MinusEight, Minus128;
}

/// <summary>Quantises rows of activations.</summary>
public static unsafe class ActivationBlocks
{
    // Smaller ones would have an infinite reciprocal; they count as 0.
    private const float Least = 1e-30f;

    /// <summary>Rows of columns floats, a multiple of 32; each becomes columns / 32 blocks. A row's blocks depend on that row alone.</summary>
    public static void Quantise(float* rows, nint stride, int count, int columns, ActivationBlock* blocks)
    {
        for (int r = 0; r < count; r++, rows += stride)
            for (int k = 0; k < columns; k += WeightFormat.Block)
                Quantise(rows + k, blocks++);
    }

    private static void Quantise(float* values, ActivationBlock* block)
    {
        var (a, b) = (Vector512.Load(values), Vector512.Load(values + 16));
        var largest = Vector512.Max(Vector512.Abs(a), Vector512.Abs(b));
        var half = Vector256.Max(largest.GetLower(), largest.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        float most = MathF.Max(quarter[0], quarter[1]), scale = most / 127;
        // A row with infinities or NaN has no integers: its scale carries them on.
        var inverse = Vector512.Create(most > Least && float.IsFinite(most) ? 127 / most : 0);
        var (x, y) = (Vector512.ConvertToInt32Native(Vector512.Round(a * inverse)), Vector512.ConvertToInt32Native(Vector512.Round(b * inverse)));
        var words = Vector512.Narrow(x, y);
        Vector256.Narrow(words.GetLower(), words.GetUpper()).Store(block->Values);
        int sum = Vector512.Sum(x + y);
        (block->Scale, block->Sum, block->MinusEight, block->Minus128) = (scale, sum, -8 * sum, -128 * sum);
    }
}
