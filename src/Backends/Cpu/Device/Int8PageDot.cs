using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Dots with int8 pages. What the vectors read as is made, a few panels at a time and in the form that the micro-kernels take, in room: from there on they are
/// the dots of bf16 pages, and give the bits of bf16 pages with those values.
/// </summary>
public static unsafe class Int8PageDot
{
    /// <summary><see cref="SimdDot.Keys"/> of int8 pages.</summary>
    public static void Keys(MicroKernels kernels, float* a, nint aStride, int rows, KernelArgument* keys, int sequence, int position, int head, int lane, int k, float* c, nint cStride, int cols, float* room)
    {
        nint panel = (nint)Panels.PaddedLanes(keys->Dim3) * Panels.Width;
        void* own = SimdDot.Rows(kernels, a, ref aStride, rows, k, room);
        for (int n = 0; n < cols;)
        {
            int inPage = (position + n) % keys->PageSize, count = Math.Min(cols - n, keys->PageSize - inPage);
            sbyte* first = Int8Pages.Head(keys, sequence, position + n, head);
            var page = new Part(first + (inPage / Panels.Width * panel) + (lane * Panels.Width), panel, Int8Pages.Scales(keys, first) + inPage, PageLayout.ContractLanes);
            Multiply(kernels, own, aStride, rows, page, k, c + n, cStride, count, room);
            n += count;
        }
    }

    /// <summary><see cref="SimdDot.Values"/> of int8 pages.</summary>
    public static void Values(MicroKernels kernels, float* a, nint aStride, int rows, KernelArgument* values, int sequence, int position, int head, int lane, int k, float* c, nint cStride, int cols, float* room)
    {
        nint panel = (nint)values->PageSize * Panels.Width;
        for (int p = 0; p < k;)
        {
            int inPage = (position + p) % values->PageSize, count = Math.Min(k - p, values->PageSize - inPage);
            sbyte* first = Int8Pages.Head(values, sequence, position + p, head);
            var page = new Part(first + (lane / Panels.Width * panel) + (inPage * Panels.Width), panel, Int8Pages.Scales(values, first) + inPage, PageLayout.ContractPositions);
            nint stride = aStride;
            Multiply(kernels, SimdDot.Rows(kernels, a + p, ref stride, rows, count, room), stride, rows, page, count, c, cStride, cols, room);
            p += count;
        }
    }

    private static void Multiply(MicroKernels kernels, void* a, nint aStride, int rows, in Part page, int k, float* c, nint cStride, int cols, float* room)
    {
        var format = kernels.MultipliesPairs ? PanelFormat.Bf16Pairs : PanelFormat.Float;
        nint floats = kernels.MultipliesPairs ? (nint)Panels.Elements(k) / 2 : (nint)k * Panels.Width;
        int panels = (cols + Panels.Width - 1) / Panels.Width, height = SimdDot.Even(rows, kernels.Rows(format)), step = SimdDot.Even(panels, kernels.WidestPanels(format, height));
        for (int n = 0; n < panels; n += step)
        {
            int count = Math.Min(step, panels - n);
            for (int i = 0; i < count; i++)
                page.Read(n + i, k, format, room + (i * floats));
            SimdDot.Strips(kernels, format, a, aStride, rows, height, count, (byte*)room, floats * sizeof(float), k, c + (n * Panels.Width), cStride);
        }
    }

    /// <summary>Panels that lie in one page.</summary>
    /// <param name="first">Integers of the first one's first step.</param>
    /// <param name="stride">Bytes between panels.</param>
    /// <param name="scales">Of the first position.</param>
    /// <param name="layout">What is contracted: whether a panel's steps are lanes or positions.</param>
    private readonly struct Part(sbyte* first, nint stride, float* scales, PageLayout layout)
    {
        /// <summary>Steps of a panel as the micro-kernels take them.</summary>
        public void Read(int panel, int k, PanelFormat format, float* result)
        {
            sbyte* integers = first + (panel * stride);
            if (layout == PageLayout.ContractPositions)
                Values(integers, scales, k, format, (uint*)result);
            else
                Keys(integers, scales + (panel * Panels.Width), k, format, (uint*)result);
        }
    }

    // Half panels, in vectors that every processor has registers for.
    private const int Half = Panels.Width / 2;

    /// <summary>16 positions by k lanes.</summary>
    private static void Keys(sbyte* integers, float* scales, int k, PanelFormat format, uint* result)
    {
        Vector256<float> lower = Vector256.Load(scales), upper = Vector256.Load(scales + Half);
        int i = 0;
        if (format == PanelFormat.Float)
            for (; i < k; i++, integers += Panels.Width, result += Panels.Width)
            {
                Rounded(integers, lower).Store(result);
                Rounded(integers + Half, upper).Store(result + Half);
            }
        else
            for (; i < k; i += 2, integers += 2 * Panels.Width, result += Panels.Width)
            {
                // The second half of an odd contraction's last pair does not count; these are lanes of padding.
                Pair(Rounded(integers, lower), Rounded(integers + Panels.Width, lower)).Store(result);
                Pair(Rounded(integers + Half, upper), Rounded(integers + Panels.Width + Half, upper)).Store(result + Half);
            }
    }

    /// <summary>k positions by 16 lanes.</summary>
    private static void Values(sbyte* integers, float* scales, int k, PanelFormat format, uint* result)
    {
        int i = 0;
        if (format == PanelFormat.Float)
            for (; i < k; i++, integers += Panels.Width, result += Panels.Width)
            {
                var scale = Vector256.Create(scales[i]);
                Rounded(integers, scale).Store(result);
                Rounded(integers + Half, scale).Store(result + Half);
            }
        else
            for (; i < k; i += 2, integers += 2 * Panels.Width, result += Panels.Width)
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
