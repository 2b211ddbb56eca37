using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Dots of tiles: cuts them into micro-kernel shapes and walks packed operands. All add to c, which the caller has set. Rows and columns
/// are live counts; c has room for whole panels of columns. Strides count floats.
/// </summary>
public static unsafe class SimdDot
{
    // Up to here weights come from memory in about the time that they take to multiply; steps of a slab: TileAssembler.Ahead bytes of a panel.
    private const int RowsInSlabs = 32, Slab = 128;

    // From so many rows on integers are unpacked once, a slab of inputs of a panel at a time: few enough for the closest cache.
    private const int RowsWorthUnpacking = 32, UnpackedSlab = 256, Line = 64;

    // From here on widening a panel once costs less than widening it in every strip of rows.
    private const int RowsWorthWidening = 24;

    /// <summary>
    /// Panels in bf16 pairs, <paramref name="panelStride"/> elements apart. <paramref name="room"/> holds operands in the form that the
    /// micro-kernels read: MaxPanels · 16 · k floats, then rows · (k + 1) bf16.
    /// </summary>
    private static void Bf16(MicroKernels kernels, PanelFormat format, float* a, nint aStride, int rows, ushort* b, long panelStride, int k, float* c, nint cStride, int cols, float* room)
    {
        void* own = Rows(kernels, a, ref aStride, rows, k, room);
        Groups(kernels, format, own, aStride, rows, b, panelStride, k, c, cStride, cols, room);
    }

    /// <summary>Rows of floats that are bf16 already, in the elements that the micro-kernels read by panels of bf16; pairs are made behind the panels in room.</summary>
    internal static void* Rows(MicroKernels kernels, float* a, ref nint aStride, int rows, int k, float* room)
    {
        if (!kernels.MultipliesPairs)
            return a;
        ushort* own = (ushort*)(room + (MicroKernels.MaxPanels * Panels.Width * k));
        Narrow(a, aStride, rows, k, own);
        aStride = (k + 1) & ~1;
        return own;
    }

    /// <summary>Rows in the elements that the micro-kernels read, by panels of bf16 pairs.</summary>
    private static void Groups(MicroKernels kernels, PanelFormat format, void* a, nint aStride, int rows, ushort* b, long panelStride, int k, float* c, nint cStride, int cols, float* room)
    {
        int panels = (cols + Panels.Width - 1) / Panels.Width, height = Even(rows, kernels.Rows(format)), step = Even(panels, kernels.WidestPanels(format, height));
        bool widen = kernels.WidensOnce && rows >= RowsWorthWidening;
        for (int n = 0; n < panels; n += step)
        {
            int count = Math.Min(step, panels - n);
            ushort* group = b + (n * panelStride);
            if (widen)
            {
                for (int i = 0; i < count; i++)
                    Widen(group + (i * panelStride), k, room + ((nint)i * k * Panels.Width));
                Strips(kernels, PanelFormat.Float, a, aStride, rows, height, count, (byte*)room, (nint)k * Panels.Width * sizeof(float), k, c + (n * Panels.Width), cStride);
            }
            else
            {
                Strips(kernels, format, a, aStride, rows, height, count, (byte*)group, (nint)panelStride * sizeof(ushort), k, c + (n * Panels.Width), cStride);
            }
        }
    }

    /// <summary>
    /// Rows of a bf16 view by rows of a weight: as the launcher prepared them (<see cref="PreparedRows"/>), else each program converts its own.
    /// <paramref name="room"/>: MaxPanels · 16 · k floats, and rows of k floats at <see cref="RowStride"/>.
    /// </summary>
    public static void Linear(MicroKernels kernels, KernelArgument* x, int row, int column, int rows, KernelArgument* weight, int output, int input, int k, float* c, nint cStride, int cols, float* room)
    {
        ushort* source = (ushort*)x->Data + (row * (nint)x->Stride0) + column;
        float* own = room + (MicroKernels.MaxPanels * Panels.Width * k);
        if (weight->MultipliesIntegers)
        {
            nint stride = x->Dim1 / WeightFormat.Block;
            var blocks = (ActivationBlock*)x->Prepared + (row * stride) + (column / WeightFormat.Block);
            byte* free = (byte*)own;
            if (x->Prepared == null)
            {
                stride = k / WeightFormat.Block;
                blocks = (ActivationBlock*)own;
                free += rows * stride * ActivationBlock.Bytes;
                for (int r = 0; r < rows; r++)
                    ActivationBlocks.Quantise(source + (r * (nint)x->Stride0), k, blocks + (r * stride));
            }

            Integers(kernels, blocks, stride, rows, weight, output, input, k, c, cStride, cols, (byte*)room, free);
            return;
        }

        ushort* b = (ushort*)weight->Data + Panels.WeightOffset(weight->Dim1, output, input);
        if (!weight->Format.IsQuantised && kernels.MultipliesPairs)
        {
            Groups(kernels, kernels.WeightPanels, source, (nint)x->Stride0, rows, b, Panels.Elements(weight->Dim1), k, c, cStride, cols, room);
            return;
        }

        float* a = (float*)x->Prepared + (row * (nint)x->Dim1) + column;
        nint aStride = x->Dim1;
        if (x->Prepared == null)
        {
            a = own;
            aStride = RowStride(k);
            for (int r = 0; r < rows; r++)
                PreparedRows.Widen(source + (r * (nint)x->Stride0), k, own + (r * aStride));
        }

        if (weight->Format.IsQuantised)
            Dequantised(kernels, a, aStride, rows, weight, output, input, k, c, cStride, cols, room);
        else
            Groups(kernels, kernels.WeightPanels, a, aStride, rows, b, Panels.Elements(weight->Dim1), k, c, cStride, cols, room);
    }

    /// <summary>Rows of a weight, as it is stored: from an output that is a multiple of 16, over inputs from a whole group on.</summary>
    public static void Weight(MicroKernels kernels, float* a, nint aStride, int rows, KernelArgument* weight, int output, int input, int k, float* c, nint cStride, int cols, float* room)
    {
        var format = weight->Format;
        if (!format.IsQuantised)
        {
            Bf16(kernels, kernels.WeightPanels, a, aStride, rows, (ushort*)weight->Data + Panels.WeightOffset(weight->Dim1, output, input), Panels.Elements(weight->Dim1), k, c, cStride, cols, room);
            return;
        }

        if (weight->Activations == ActivationFormat.BFloat16)
        {
            Dequantised(kernels, a, aStride, rows, weight, output, input, k, c, cStride, cols, room);
            return;
        }

        var blocks = (ActivationBlock*)(room + (MicroKernels.MaxPanels * Panels.Width * k));
        for (int r = 0; r < rows; r++)
            ActivationBlocks.Quantise(a + (r * aStride), k, blocks + (r * (k / WeightFormat.Block)));
        Integers(kernels, blocks, k / WeightFormat.Block, rows, weight, output, input, k, c, cStride, cols, (byte*)room, (byte*)(blocks + (rows * (k / WeightFormat.Block))));
    }

    /// <summary>Panels of floats, as <see cref="Pack"/> makes them.</summary>
    public static void Floats(MicroKernels kernels, float* a, nint aStride, int rows, float* b, int k, float* c, nint cStride, int cols)
    {
        int panels = (cols + Panels.Width - 1) / Panels.Width, height = Even(rows, kernels.Rows(PanelFormat.Float)), step = Even(panels, kernels.WidestPanels(PanelFormat.Float, height));
        nint panel = (nint)k * Panels.Width;
        for (int n = 0; n < panels; n += step)
            Strips(kernels, PanelFormat.Float, a, aStride, rows, height, Math.Min(step, panels - n), (byte*)(b + (n * panel)), panel * sizeof(float), k, c + (n * Panels.Width), cStride);
    }

    /// <summary>Keys from a position that is a multiple of 16 on: c[rows, positions] += a[rows, lanes] · keys[positions, lanes]ᵀ, page by page.</summary>
    public static void Keys(MicroKernels kernels, float* a, nint aStride, int rows, KernelArgument* keys, int sequence, int position, int head, int lane, int k, float* c, nint cStride, int cols, float* room)
    {
        if (keys->CacheFormat == CacheFormat.Int8)
        {
            Int8PageDot.Keys(kernels, a, aStride, rows, keys, sequence, position, head, lane, k, c, cStride, cols, room);
            return;
        }

        long panel = Panels.Elements(Panels.PaddedLanes(keys->Dim3));
        for (int n = 0; n < cols;)
        {
            int inPage = (position + n) % keys->PageSize, count = Math.Min(cols - n, keys->PageSize - inPage);
            ushort* b = Panels.Page(keys, sequence, position + n, head) + (inPage / Panels.Width * panel) + ((long)lane * Panels.Width);
            Bf16(kernels, PanelFormat.Bf16Pairs, a, aStride, rows, b, panel, k, c + n, cStride, count, room);
            n += count;
        }
    }

    /// <summary>Values from an even position on: c[rows, lanes] += a[rows, positions] · values[positions, lanes], page by page.</summary>
    public static void Values(MicroKernels kernels, float* a, nint aStride, int rows, KernelArgument* values, int sequence, int position, int head, int lane, int k, float* c, nint cStride, int cols, float* room)
    {
        if (values->CacheFormat == CacheFormat.Int8)
        {
            Int8PageDot.Values(kernels, a, aStride, rows, values, sequence, position, head, lane, k, c, cStride, cols, room);
            return;
        }

        long panel = Panels.Elements(values->PageSize);
        for (int p = 0; p < k;)
        {
            int inPage = (position + p) % values->PageSize, count = Math.Min(k - p, values->PageSize - inPage);
            ushort* b = Panels.Page(values, sequence, position + p, head) + (lane / Panels.Width * panel) + ((long)inPage * Panels.Width);
            Bf16(kernels, PanelFormat.Bf16Pairs, a + p, aStride, rows, b, panel, count, c, cStride, cols, room);
            p += count;
        }
    }

    /// <summary>Packs a tile b[k, cols] (or b[cols, k], transposed) into panels of floats.</summary>
    public static void Pack(float* b, nint bStride, bool transposed, int k, int cols, float* panels)
    {
        for (int n = 0; n < cols; n += Panels.Width)
        {
            int left = cols - n;
            for (int i = 0; i < k; i++, panels += Panels.Width)
            {
                var v = transposed ? Simd.LoadStrided(b + (n * bStride) + i, bStride, left) : Simd.Load(b + (i * bStride) + n, left);
                v.Store(panels);
            }
        }
    }

    /// <summary>Copies a tile a[k, rows] to [rows, k].</summary>
    public static void Transpose(float* a, nint aStride, int rows, int k, float* result, nint resultStride)
    {
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < k; i++)
                result[(r * resultStride) + i] = a[(i * aStride) + r];
    }

    /// <summary>The length of even pieces: a small last one would leave multiply-adds waiting for loads.</summary>
    internal static int Even(int length, int most)
    {
        int pieces = Math.Max(1, (length + most - 1) / most);
        return Math.Max(1, (length + pieces - 1) / pieces);
    }

    private static void Integers(MicroKernels kernels, ActivationBlock* a, nint aStride, int rows, KernelArgument* weight, int output, int input, int k, float* c, nint cStride, int cols, byte* panelRoom, byte* rowRoom)
    {
        var format = weight->Format;
        byte* b = QuantisedPanels.Group((byte*)weight->Data, weight->Dim1, format, output, input);
        nint panelBytes = (nint)QuantisedPanels.PanelBytes(weight->Dim1, format);
        int panels = (cols + Panels.Width - 1) / Panels.Width;
        if (kernels.WideRows > 0 && rows >= RowsWorthUnpacking)
        {
            Unpacked(kernels, format, a, aStride, rows, b, panelBytes, k / format.Group, panels, c, cStride, panelRoom, rowRoom);
            return;
        }

        int height = Even(rows, kernels.IntegerRows), step = Even(panels, kernels.IntegerPanels(height));
        for (int n = 0; n < panels; n += step)
            for (int r = 0; r < rows; r += height)
                kernels.Run(format, Math.Min(height, rows - r), Math.Min(step, panels - n), a + (r * aStride), aStride, b + (n * panelBytes), panelBytes, k / format.Group, c + (r * cStride) + (n * Panels.Width), cStride);
    }

    /// <summary>Rows of floats by integers that are made floats, slab by slab, in <paramref name="room"/>.</summary>
    private static void Dequantised(MicroKernels kernels, float* a, nint aStride, int rows, KernelArgument* weight, int output, int input, int k, float* c, nint cStride, int cols, float* room)
    {
        var format = weight->Format;
        byte* b = QuantisedPanels.Group((byte*)weight->Data, weight->Dim1, format, output, input);
        nint panelBytes = (nint)QuantisedPanels.PanelBytes(weight->Dim1, format);
        int panels = (cols + Panels.Width - 1) / Panels.Width, height = Even(rows, kernels.Rows(PanelFormat.Float)), step = Even(panels, kernels.WidestPanels(PanelFormat.Float, height));
        int slab = Math.Max(1, UnpackedSlab / format.Group) * format.Group;
        for (int n = 0; n < panels; n += step)
            for (int i = 0; i < k; i += slab)
            {
                int count = Math.Min(step, panels - n), steps = Math.Min(slab, k - i);
                nint floats = (nint)steps * Panels.Width;
                for (int p = 0; p < count; p++)
                    QuantisedPanels.Floats(format, b + ((n + p) * panelBytes) + (i / format.Group * QuantisedPanels.GroupBytes(format)), steps / format.Group, room + (p * floats));
                Strips(kernels, PanelFormat.Float, a + i, aStride, rows, height, count, (byte*)room, floats * sizeof(float), steps, c + (n * Panels.Width), cStride);
            }
    }

    /// <summary>Integers unpacked slab by slab, in less room than the same floats would take.</summary>
    private static void Unpacked(MicroKernels kernels, WeightFormat format, ActivationBlock* a, nint aStride, int rows, byte* b, nint panelBytes, int groups, int panels, float* c, nint cStride, byte* panelRoom, byte* rowRoom)
    {
        int groupBlocks = format.Group / WeightFormat.Block, slab = Math.Max(1, UnpackedSlab / format.Group), strips = (rows + kernels.WideRows - 1) / kernels.WideRows;
        nint rowBytes = WidePanels.RowBytes(format), groupBytes = QuantisedPanels.GroupBytes(format);
        for (int g = 0; g < groups; g += slab)
        {
            int count = Math.Min(slab, groups - g), blocks = count * groupBlocks;
            byte* source = (byte*)(a + (g * groupBlocks));
            nint stride = aStride * rowBytes;
            if (format.Encoding == WeightEncoding.Int8)
            {
                for (int r = 0; r < rows; r++)
                    WidePanels.Widen(a + (r * aStride) + (g * groupBlocks), blocks, (WideBlock*)rowRoom + (r * blocks));
                source = rowRoom;
                stride = blocks * rowBytes;
            }

            for (int n = 0; n < panels; n++)
            {
                byte* panel = b + (n * panelBytes) + (g * groupBytes);
                WidePanels.Unpack(format, panel, count, panelRoom);
                // What is unpacked next is fetched meanwhile, some lines with each strip.
                byte* next = n + 1 < panels ? panel + panelBytes : b + ((g + count) * groupBytes);
                nint piece = ((count * groupBytes) + strips - 1) / strips;
                for (int s = 0; s < strips; s++, next += piece)
                {
                    for (nint i = 0; i < piece; i += Line)
                        Simd.Prefetch(next + i);
                    int r = rows * s / strips, end = rows * (s + 1) / strips;
                    kernels.RunWide(format, end - r, source + (r * stride), stride, panelRoom, blocks, c + (r * cStride) + (n * Panels.Width), cStride);
                }
            }
        }
    }

    /// <summary>Floats from a row to the next: no power of two, which would map all rows to the same cache sets (Compiler/Scratch.cs).</summary>
    private static int RowStride(int k) => (k + 15) / 16 * 16 is var padded && padded % 256 == 0 ? padded + 16 : padded;

    internal static void Strips(MicroKernels kernels, PanelFormat format, void* a, nint aStride, int rows, int height, int panels, byte* b, nint panelBytes, int k, float* c, nint cStride)
    {
        int elementBytes = format != PanelFormat.Float && kernels.MultipliesPairs ? sizeof(ushort) : sizeof(float);
        int slab = format == PanelFormat.Bf16Pairs && rows > height && rows <= RowsInSlabs ? Slab : k;
        // Strips of even heights: a low last one would leave multiply-adds waiting for each other. Tiles full: a low one costs as much.
        int strips = (rows + height - 1) / height, whole = format == PanelFormat.Bf16Tiles ? MicroKernels.TileRows : 1;
        for (int i = 0; i < k; i += slab, b += slab * Panels.Width * sizeof(ushort))
            for (int s = 0; s < strips; s++)
            {
                int r = Start(s), end = Start(s + 1);
                kernels.Run(format, end - r, panels, (byte*)a + (((r * aStride) + i) * elementBytes), aStride, b, panelBytes, Math.Min(slab, k - i), c + (r * cStride), cStride);
            }

        int Start(int strip) => Math.Min(rows, ((rows * strip / strips) + whole - 1) / whole * whole);
    }

    /// <summary>Rows of floats that are bf16 already, as bf16; rows begin at even elements.</summary>
    private static void Narrow(float* a, nint aStride, int rows, int k, ushort* result)
    {
        for (int r = 0; r < rows; r++, a += aStride, result += (k + 1) & ~1)
            for (int i = 0; i < k; i += Simd.Lanes)
                Simd.Store(Simd.Load(a + i, k - i), result + i, k - i);
    }

    private static void Widen(ushort* panel, int k, float* result)
    {
        uint* pairs = (uint*)panel;
        for (int i = 0; i + 1 < k; i += 2, pairs += Panels.Width, result += 2 * Panels.Width)
        {
            var v = Vector512.Load(pairs);
            (v << 16).AsSingle().Store(result);
            (v & Vector512.Create(0xffff0000u)).AsSingle().Store(result + Panels.Width);
        }

        if ((k & 1) != 0)
            (Vector512.Load(pairs) << 16).AsSingle().Store(result);
    }
}
