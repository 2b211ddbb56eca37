using KernelDsl;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;

namespace Kdsl.Bench;

/// <summary>Launches on random data, in buffers that live as long as the process.</summary>
sealed unsafe class Bound(CpuBackend backend)
{
    readonly Random _random = new(1);

    // Launches hold addresses only; a buffer that nothing refers to frees itself.
    readonly List<DeviceBuffer> _buffers = [];

    /// <summary>The back end.</summary>
    public CpuBackend Backend { get; } = backend;

    /// <summary>A bf16 view of small numbers, or zeros for outputs.</summary>
    public KernelArgument View(params int[] dims)
    {
        long count = dims.Aggregate(1L, static (a, b) => a * b);
        var buffer = Allocate(count * 2, "view");
        Randomise((ushort*)buffer.Address, count);
        return KernelArgument.OfView((void*)buffer.Address, dims);
    }

    /// <summary>A float view.</summary>
    public KernelArgument Floats(params int[] dims) =>
        KernelArgument.OfView((void*)Allocate(dims.Aggregate(4L, static (a, b) => a * b), "view").Address, dims);

    /// <summary>An int view.</summary>
    public KernelArgument Ints(params int[] values)
    {
        var buffer = Allocate(values.Length * 4L, "view");
        values.CopyTo(new Span<int>((void*)buffer.Address, values.Length));
        return KernelArgument.OfView((void*)buffer.Address, values.Length);
    }

    /// <summary>A packed weight: one panel of random rows, over and over.</summary>
    public KernelArgument Weight(int outputs, int inputs, WeightFormat format)
    {
        const int PanelRows = 16;
        long bytes = Backend.WeightBytes(outputs, inputs, format), panel = Backend.WeightBytes(PanelRows, inputs, format);
        var buffer = Allocate(Math.Max(bytes, panel), "weight");
        var rows = new byte[PanelRows * inputs * sizeof(ushort)];
        fixed (byte* p = rows)
            Randomise((ushort*)p, PanelRows * inputs);
        Backend.PackWeight(new PackedWeight(buffer, 0, PanelRows, inputs, format), 0, PanelRows, rows, ElementType.BFloat16);
        for (long at = panel; at < bytes; at += panel)
            Buffer.MemoryCopy((void*)buffer.Address, (byte*)buffer.Address + at, bytes - at, Math.Min(panel, bytes - at));
        return Packed(buffer, outputs, inputs, format);
    }

    /// <summary>A view, packed.</summary>
    public KernelArgument Weight(KernelArgument rows, WeightFormat format)
    {
        var (outputs, inputs) = (rows.Dim0, rows.Dim1);
        var buffer = Allocate(Backend.WeightBytes(outputs, inputs, format), "weight");
        Backend.PackWeight(new PackedWeight(buffer, 0, outputs, inputs, format), 0, outputs, new ReadOnlySpan<byte>(rows.Data, outputs * inputs * sizeof(ushort)), ElementType.BFloat16);
        return Packed(buffer, outputs, inputs, format);
    }

    static KernelArgument Packed(DeviceBuffer buffer, int outputs, int inputs, WeightFormat format) =>
        new() { Data = (void*)buffer.Address, Dim0 = outputs, Dim1 = inputs, Dim2 = 1, Dim3 = 1, Format = format };

    /// <summary>A cache whose sequences own consecutive pages.</summary>
    public KernelArgument Cache(int sequences, int positions, int heads, int lanes, int pageSize, PageLayout layout, CacheFormat format = CacheFormat.BFloat16)
    {
        int pages = positions / pageSize;
        long pageBytes = Backend.PageBytes(pageSize, heads, lanes, format), bytes = pageBytes * pages * sequences;
        var buffer = Allocate(bytes, "cache");
        Randomise((ushort*)buffer.Address, bytes / 2);
        var table = Ints([.. Enumerable.Range(0, pages * sequences)]);
        return new KernelArgument
        {
            Data = (void*)buffer.Address, Dim0 = sequences, Dim1 = positions, Dim2 = heads, Dim3 = lanes,
            PageTable = (int*)table.Data, PageTableStride = pages, PageSize = pageSize, PageStride = pageBytes, Layout = layout, CacheFormat = format,
        };
    }

    /// <summary>A bound launch.</summary>
    public Launch Launch(KernelInfo kernel, (string, int)[] constants, params KernelArgument[] arguments)
    {
        var compiled = Backend.GetKernel(kernel, constants.ToDictionary(static c => c.Item1, static c => c.Item2));
        compiled.Validate(arguments);
        var buffer = Allocate(arguments.Length * sizeof(KernelArgument), "arguments");
        arguments.CopyTo(new Span<KernelArgument>((void*)buffer.Address, arguments.Length));
        return new Launch(compiled, (KernelArgument*)buffer.Address);
    }

    // Numbers in [0.5, 1) with either sign: no infinities, no denormals.
    void Randomise(ushort* p, long count)
    {
        for (long i = 0; i < count; i++)
            p[i] = (ushort)(0x3f00 | (_random.Next() & 0x807f));
    }

    DeviceBuffer Allocate(long bytes, string purpose)
    {
        _buffers.Add(Backend.Allocate(bytes, purpose));
        return _buffers[^1];
    }
}
