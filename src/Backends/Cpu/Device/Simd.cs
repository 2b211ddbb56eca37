using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Loads, stores and reductions of the CPU's vector of 16 floats, whatever the hardware's width. <c>left</c> is how many lanes are live,
/// counted from lane 0 and possibly 16 or more: a partial vector runs through the same arithmetic as a whole one, so that the bits of a
/// lane never depend on where its row ends.
/// </summary>
public static unsafe class Simd
{
    /// <summary>Floats in a vector.</summary>
    public const int Lanes = 16;

    // Halves, which are constants of the code on processors with 256 bits too; a static field would be asked whether it is initialised.
    private static Vector512<int> Counting => Vector512.Create(Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7), Vector256.Create(8, 9, 10, 11, 12, 13, 14, 15));

    /// <summary>Asks for a line of memory, where a processor can be asked; an address that is nobody's does no harm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(byte* p)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(p);
    }

    /// <summary>16 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* p) => Vector512.Load(p);

    /// <summary>16 bf16 numbers, widened.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ushort* p) => Widen(Vector256.Load(p));

    /// <summary>16 binary16 numbers, widened.</summary>
    public static Vector512<float> Load(Half* p) => Load(p, Lanes);

    /// <summary>16 integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* p) => Vector512.Load(p);

    /// <summary>The live floats; the other lanes are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* p, int left) => left >= Lanes ? Vector512.Load(p) : Partial(p, left);

    /// <summary>The live bf16 numbers, widened; the other lanes are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(ushort* p, int left) => left >= Lanes ? Load(p) : Partial(p, left);

    /// <summary>The live binary16 numbers, widened; the other lanes are 0.</summary>
    public static Vector512<float> Load(Half* p, int left)
    {
        float* lanes = stackalloc float[Lanes];
        for (int i = 0; i < Lanes; i++)
            lanes[i] = i < left ? (float)p[i] : 0;
        return Vector512.Load(lanes);
    }

    /// <summary>The live integers; the other lanes are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(int* p, int left) => left >= Lanes ? Vector512.Load(p) : Partial((float*)p, left).AsInt32();

    /// <summary>Live elements that lie <paramref name="stride"/> elements apart.</summary>
    public static Vector512<float> LoadStrided<T>(T* p, nint stride, int left)
        where T : unmanaged
    {
        float* lanes = stackalloc float[Lanes];
        for (int i = 0; i < Lanes; i++)
            lanes[i] = i < left ? One(p + (i * stride)) : 0;
        return Vector512.Load(lanes);
    }

    /// <summary>One element in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Splat<T>(T* p)
        where T : unmanaged => Vector512.Create(One(p));

    /// <summary>Stores the live lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> v, float* p, int left)
    {
        if (left >= Lanes)
            v.Store(p);
        else
            Partial(v, p, left);
    }

    /// <summary>Rounds the live lanes to bf16 and stores them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> v, ushort* p, int left)
    {
        if (left >= Lanes)
            Narrow(v).Store(p);
        else
            Partial(v, p, left);
    }

    /// <summary>Rounds the live lanes to binary16 and stores them.</summary>
    public static void Store(Vector512<float> v, Half* p, int left)
    {
        for (int i = 0; i < Math.Min(left, Lanes); i++)
            p[i] = (Half)v[i];
    }

    /// <summary>Stores the live integers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<int> v, int* p, int left) => Store(v.AsSingle(), (float*)p, left);

    /// <summary>Rounds the live lanes to <typeparamref name="T"/> and stores them <paramref name="stride"/> elements apart.</summary>
    public static void StoreStrided<T>(Vector512<float> v, T* p, nint stride, int left)
        where T : unmanaged
    {
        for (int i = 0; i < Math.Min(left, Lanes); i++)
            One(p + (i * stride), v[i]);
    }

    /// <summary>Stores the live integers <paramref name="stride"/> elements apart.</summary>
    public static void StoreStrided(Vector512<int> v, int* p, nint stride, int left) => StoreStrided(v.AsSingle(), (float*)p, stride, left);

    /// <summary>Zeroes the live rows of a tile, whole vectors of columns.</summary>
    public static void Clear(float* tile, nint rowStride, int rows, int cols)
    {
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < cols; i += Lanes)
                Vector512<float>.Zero.Store(tile + (r * rowStride) + i);
    }

    /// <summary>Rounds to bf16 and stays in float: what narrowing and widening again gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> RoundBf16(Vector512<float> v) => (RoundedBits(v) & Vector512.Create(0xffff0000u)).AsSingle();

    /// <summary>Rounds to binary16 and stays in float.</summary>
    public static Vector512<float> RoundF16(Vector512<float> v)
    {
        Half* lanes = stackalloc Half[Lanes];
        Store(v, lanes, Lanes);
        return Load(lanes);
    }

    /// <summary>Lane numbers, counted from <paramref name="first"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Iota(int first) => Counting + Vector512.Create(first);

    /// <summary>The live lanes of <paramref name="v"/>; the others hold <paramref name="neutral"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Keep(Vector512<float> v, int left, float neutral) =>
        left >= Lanes ? v : Vector512.ConditionalSelect(Vector512.LessThan(Counting, Vector512.Create(left)).AsSingle(), v, Vector512.Create(neutral));

    /// <summary>Lane by lane: the first operand where the mask is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Where(Vector512<int> mask, Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(mask.AsSingle(), a, b);

    /// <summary>The sum of all lanes, as a tree of fixed shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<float> v)
    {
        var a = v.GetLower() + v.GetUpper();
        var b = a.GetLower() + a.GetUpper();
        b += Vector128.Shuffle(b, Vector128.Create(2, 3, 0, 1));
        return b[0] + b[1];
    }

    /// <summary>The largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector512<float> v)
    {
        var a = Vector256.Max(v.GetLower(), v.GetUpper());
        var b = Vector128.Max(a.GetLower(), a.GetUpper());
        b = Vector128.Max(b, Vector128.Shuffle(b, Vector128.Create(2, 3, 0, 1)));
        return MathF.Max(b[0], b[1]);
    }

    /// <summary>The smallest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Min(Vector512<float> v) => -Max(-v);

    /// <summary>The index that belongs to the largest lane; the smallest index among equals.</summary>
    public static int ArgMax(Vector512<float> best, Vector512<int> indices)
    {
        float max = Max(best);
        int result = int.MaxValue;
        for (int i = 0; i < Lanes; i++)
            if (best[i] == max && indices[i] < result)
                result = indices[i];
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Widen(Vector256<ushort> v)
    {
        if (Avx512F.IsSupported)
            return (Avx512F.ConvertToVector512UInt32(v) << 16).AsSingle();
        var (lower, upper) = Vector256.Widen(v);
        return (Vector512.Create(lower, upper) << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<float> v)
    {
        var bits = RoundedBits(v) >>> 16;
        return Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(bits) : Vector256.Narrow(bits.GetLower(), bits.GetUpper());
    }

    // Round to nearest even in the upper 16 bits; a NaN stays one (its payload could carry into the sign).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> RoundedBits(Vector512<float> v)
    {
        var bits = v.AsUInt32();
        var rounded = bits + Vector512.Create(0x7fffu) + ((bits >>> 16) & Vector512.Create(1u));
        return Vector512.ConditionalSelect(Vector512.Equals(v, v).AsUInt32(), rounded, bits | Vector512.Create(0x00400000u));
    }

    private static float One<T>(T* p)
        where T : unmanaged => typeof(T) == typeof(ushort) ? BitConverter.UInt32BitsToSingle((uint)*(ushort*)p << 16)
        : typeof(T) == typeof(Half) ? (float)*(Half*)p
        : *(float*)p;

    private static void One<T>(T* p, float value)
        where T : unmanaged
    {
        if (typeof(T) == typeof(ushort))
            *(ushort*)p = (ushort)(RoundedBits(Vector512.Create(value))[0] >> 16);
        else if (typeof(T) == typeof(Half))
            *(Half*)p = (Half)value;
        else
            *(float*)p = value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Partial(float* p, int left)
    {
        float* lanes = stackalloc float[Lanes];
        Vector512<float>.Zero.Store(lanes);
        for (int i = 0; i < left; i++)
            lanes[i] = p[i];
        return Vector512.Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> Partial(ushort* p, int left)
    {
        ushort* lanes = stackalloc ushort[Lanes];
        Vector256<ushort>.Zero.Store(lanes);
        for (int i = 0; i < left; i++)
            lanes[i] = p[i];
        return Load(lanes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Partial(Vector512<float> v, float* p, int left)
    {
        float* lanes = stackalloc float[Lanes];
        v.Store(lanes);
        for (int i = 0; i < left; i++)
            p[i] = lanes[i];
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Partial(Vector512<float> v, ushort* p, int left)
    {
        ushort* lanes = stackalloc ushort[Lanes];
        Narrow(v).Store(lanes);
        for (int i = 0; i < left; i++)
            p[i] = lanes[i];
    }
}
