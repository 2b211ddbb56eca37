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
                Int8Panels.Values(integers, scales, k, format, (uint*)result);
            else
                Int8Panels.Keys(integers, scales + (panel * Panels.Width), k, format, (uint*)result);
        }
    }
}
