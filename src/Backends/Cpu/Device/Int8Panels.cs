using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>What k steps of a panel of integers, [k][16] bytes, read as (<see cref="Int8Vector"/>), in the forms that micro-kernels take.</summary>
public static unsafe class Int8Panels
{
    // Half panels, in vectors that every processor has registers for.
    private const int Half = Panels.Width / 2;

    /// <summary>16 positions by k lanes: a scale for each output.</summary>
    public static void Keys(sbyte* integers, float* scales, int k, PanelFormat format, uint* result)
    {
        Vector256<float> lower = Vector256.Load(scales), upper = Vector256.Load(scales + Half);
        if (format == PanelFormat.Float)
            for (int i = 0; i < k; i++, integers += Panels.Width, result += Panels.Width)
            {
                Rounded(integers, lower).Store(result);
                Rounded(integers + Half, upper).Store(result + Half);
            }
        else
            for (int i = 0; i < k; i += 2, integers += 2 * Panels.Width, result += Panels.Width)
            {
                // The second half of an odd contraction's last pair does not count; these are lanes of padding.
                Pair(Rounded(integers, lower), Rounded(integers + Panels.Width, lower)).Store(result);
                Pair(Rounded(integers + Half, upper), Rounded(integers + Panels.Width + Half, upper)).Store(result + Half);
            }
    }

    /// <summary>k positions by 16 lanes: a scale for each step.</summary>
    public static void Values(sbyte* integers, float* scales, int k, PanelFormat format, uint* result)
    {
        if (format == PanelFormat.Float)
            for (int i = 0; i < k; i++, integers += Panels.Width, result += Panels.Width)
            {
                var scale = Vector256.Create(scales[i]);
                Rounded(integers, scale).Store(result);
                Rounded(integers + Half, scale).Store(result + Half);
            }
        else
            for (int i = 0; i < k; i += 2, integers += 2 * Panels.Width, result += Panels.Width)
            {
                // The same: here it is the next position, of the same page as pages have an even number.
                Vector256<float> scale = Vector256.Create(scales[i]), next = Vector256.Create(scales[i + 1]);
                Pair(Rounded(integers, scale), Rounded(integers + Panels.Width, next)).Store(result);
                Pair(Rounded(integers + Half, scale), Rounded(integers + Panels.Width + Half, next)).Store(result + Half);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Pair(Vector256<uint> first, Vector256<uint> second) => (first >>> 16) | second;

    /// <summary>Integer · scale to bf16, as the bits of floats: <see cref="Int8Vector.Read"/>, where NaN has no payload that could carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> Rounded(sbyte* integers, Vector256<float> scale)
    {
        var bits = (Vector256.ConvertToSingle(Integers(integers)) * scale).AsUInt32();
        return (bits + Vector256.Create(0x7fffu) + ((bits >>> 16) & Vector256.Create(1u))) & Vector256.Create(0xffff0000u);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Integers(sbyte* p)
    {
        if (Avx2.IsSupported)
            return Avx2.ConvertToVector256Int32(p);
        var shorts = Vector128.WidenLower(Vector128.CreateScalar(*(long*)p).AsSByte());
        return Vector256.Create(Vector128.WidenLower(shorts), Vector128.WidenUpper(shorts));
    }
}
