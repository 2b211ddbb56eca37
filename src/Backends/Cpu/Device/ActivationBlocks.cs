using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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

/// <summary>Quantises rows of activations. A row's blocks depend on that row alone, and are the same bits on every processor.</summary>
public static unsafe class ActivationBlocks
{
    // Smaller ones would have an infinite reciprocal; they count as 0.
    private const float Least = 1e-30f;

    /// <summary>A row of floats, a multiple of 32, to columns / 32 blocks.</summary>
    public static void Quantise(float* row, int columns, ActivationBlock* blocks)
    {
        for (int k = 0; k < columns; k += WeightFormat.Block)
            Quantise(Vector256.Load(row + k), Vector256.Load(row + k + 8), Vector256.Load(row + k + 16), Vector256.Load(row + k + 24), blocks++);
    }

    /// <summary>A row of bf16, a multiple of 32, to columns / 32 blocks.</summary>
    public static void Quantise(ushort* row, int columns, ActivationBlock* blocks)
    {
        for (int k = 0; k < columns; k += WeightFormat.Block)
            Quantise(Widen(row + k), Widen(row + k + 8), Widen(row + k + 16), Widen(row + k + 24), blocks++);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(ushort* p)
    {
        var v = Vector128.Load(p);
        return (Vector256.Create(Vector128.WidenLower(v), Vector128.WidenUpper(v)) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quantise(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d, ActivationBlock* block)
    {
        // Magnitudes compare as integers, with NaN above infinity: neither gets lost.
        var magnitude = Vector256.Create(int.MaxValue);
        var largest = Vector256.Max(
            Vector256.Max(a.AsInt32() & magnitude, b.AsInt32() & magnitude), Vector256.Max(c.AsInt32() & magnitude, d.AsInt32() & magnitude));
        var half = Vector128.Max(largest.GetLower(), largest.GetUpper());
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(1, 0, 3, 2)));
        float most = half.AsSingle().ToScalar();

        // A row with infinities or NaN has no integers: its scale carries them on.
        var inverse = Vector256.Create(most > Least && float.IsFinite(most) ? 127 / most : 0);
        Vector256<int> x = Round(a * inverse), y = Round(b * inverse), z = Round(c * inverse), w = Round(d * inverse);
        Narrow(x, y, z, w).Store(block->Values);
        int sum = Vector256.Sum(x + y + (z + w));
        (block->Scale, block->Sum, block->MinusEight, block->Minus128) = (most / 127, sum, -8 * sum, -128 * sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Round(Vector256<float> v) =>
        Avx.IsSupported ? Avx.ConvertToVector256Int32(v) : Vector256.ConvertToInt32Native(Vector256.Round(v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<sbyte> Narrow(Vector256<int> x, Vector256<int> y, Vector256<int> z, Vector256<int> w)
    {
        if (!Avx2.IsSupported)
            return Vector256.Narrow(Vector256.Narrow(x, y), Vector256.Narrow(z, w));
        // Packed within each half of a register: dwords of x, y, z, w, and again.
        var packed = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(x, y), Avx2.PackSignedSaturate(z, w));
        return Avx2.PermuteVar8x32(packed.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte();
    }
}
