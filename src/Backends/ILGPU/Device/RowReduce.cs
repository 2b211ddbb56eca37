using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDsl.Backends.Ilgpu.Device;

/// <summary>How two values of a reduction combine; commutative, so that a butterfly gives every lane the same bits.</summary>
public interface ICombine
{
    /// <summary>The combination.</summary>
    static abstract float Combine(float a, float b);
}

/// <summary>Addition.</summary>
public struct SumOf : ICombine
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Combine(float a, float b) => a + b;
}

/// <summary>The larger.</summary>
public struct MaxOf : ICombine
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Combine(float a, float b) => Elementary.Max(a, b);
}

/// <summary>The smaller.</summary>
public struct MinOf : ICombine
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Combine(float a, float b) => Elementary.Min(a, b);
}

/// <summary>
/// Reductions over the threads that share a row: <c>width</c> consecutive threads, a power of two and a constant at each call. The order is
/// a butterfly inside each warp, then the warps of the row in ascending order: it depends on the width alone, and all threads get the same bits.
/// </summary>
public static class RowReduce
{
    /// <summary>Combines one value per thread over each row's threads.</summary>
    /// <param name="scratch">Shared memory, one float per thread of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Reduce<T>(float value, int width, ArrayView<float> scratch)
        where T : struct, ICombine
    {
        if (width > 1) value = T.Combine(value, Shuffle.Xor(value, 1, scratch));
        if (width > 2) value = T.Combine(value, Shuffle.Xor(value, 2, scratch));
        if (width > 4) value = T.Combine(value, Shuffle.Xor(value, 4, scratch));
        if (width > 8) value = T.Combine(value, Shuffle.Xor(value, 8, scratch));
        if (width > 16) value = T.Combine(value, Shuffle.Xor(value, 16, scratch));
        if (width > Shuffle.Warp)
        {
            int thread = Group.IdxX;
            Group.Barrier();
            if (thread % Shuffle.Warp == 0) scratch[thread / Shuffle.Warp] = value;
            Group.Barrier();
            int first = thread / width * (width / Shuffle.Warp);
            value = scratch[first];
            for (int warp = 1; warp < width / Shuffle.Warp; warp++) value = T.Combine(value, scratch[first + warp]);
        }
        return value;
    }

    /// <summary>The index of a thread that has seen no live lane; a float holds it and every smaller index exactly.</summary>
    public const int None = 1 << 24;

    /// <summary>Whether a value comes before a thread's first maximum so far, whose index is None at the start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBetter(float value, float best, int index) => index == None | value > best;

    /// <summary>The value, or -infinity for NaN, which is never a maximum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Candidate(float value) => Elementary.IsNaN(value) ? float.NegativeInfinity : value;

    /// <summary>The smallest index among the threads of a row whose value is the row's maximum, given both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int FirstOf(float value, int index, float maximum, int width, ArrayView<float> scratch) =>
        (int)Reduce<MinOf>(value == maximum ? index : None, width, scratch);
}
