using System.Runtime.Intrinsics;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Backends.Cpu;

/// <summary>Runs kernels on the processor's vector units.</summary>
public sealed unsafe class CpuBackend : IBackend
{
    // The compiler's limit (CpuCompiler.Limits): no program asks for more.
    private const int ScratchBytes = 1536 << 10;

    private readonly WorkerPool _pool;
    private readonly RowPreparation _rows = new();

    // One engine drives a back end, but tests and benchmarks may share one: two callers in the pool would wait for each other for ever.
    private readonly Lock _running = new();

    /// <param name="threads">Threads that compute, the caller's included; null: as many as the process may use.</param>
    public CpuBackend(int? threads = null)
    {
        if (threads is < 1)
            throw new ArgumentOutOfRangeException(nameof(threads), threads, "at least one thread");
        _pool = new WorkerPool(threads ?? Environment.ProcessorCount, ScratchBytes);
    }

    /// <inheritdoc/>
    public string Name => "cpu";

    /// <inheritdoc/>
    public string Description => $"{System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture}, {VectorBits}-bit vectors, {Processor.InstructionSet.ToString().ToLowerInvariant()} dots, {_pool.Workers} threads";

    /// <summary>Threads that compute.</summary>
    public int Threads => _pool.Workers;

    private static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128;

    /// <inheritdoc/>
    public DeviceBuffer Allocate(long bytes, string purpose) => new NativeBuffer(bytes, purpose);

    /// <inheritdoc/>
    public void Upload(ReadOnlySpan<byte> source, DeviceBuffer destination, long offset = 0)
    {
        CheckWritable(destination, offset, source.Length);
        source.CopyTo(new Span<byte>((byte*)destination.Address + offset, source.Length));
    }

    /// <inheritdoc/>
    public void Download(DeviceBuffer source, long offset, Span<byte> destination)
    {
        Check(source, offset, destination.Length);
        new ReadOnlySpan<byte>((byte*)source.Address + offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    /// <remarks>Panels are the same for every instruction set. A test knows the bytes of this number.</remarks>
    public string WeightLayout => "cpu panels 1";

    /// <inheritdoc/>
    public DeviceBuffer Map(nint address, long bytes) => new HostBuffer(address, bytes);

    /// <inheritdoc/>
    public long WeightBytes(int outputs, int inputs, WeightFormat format) =>
        format.FaultFor(inputs) is { } fault ? throw new ArgumentException($"a weight of {format}: {fault}", nameof(format))
        : format.IsQuantised && WeightFormat.LongestPacked % format.Group != 0 ? throw new ArgumentException($"a weight of {format}: a packed group divides {WeightFormat.LongestPacked} inputs", nameof(format))
        : format.IsQuantised ? QuantisedPanels.Bytes(outputs, inputs, format)
        : WeightPacking.Bytes(outputs, inputs);

    /// <inheritdoc/>
    public void PackWeight(PackedWeight destination, int firstRow, int rows, ReadOnlySpan<byte> source, ElementType sourceElement)
    {
        CheckRows(destination, firstRow, rows);
        if (source.Length < (long)rows * destination.Inputs * sourceElement.Size())
            throw new ArgumentException($"{source.Length} bytes are not {rows} rows of {destination.Inputs} {sourceElement.ShortName()}", nameof(source));
        byte* packed = (byte*)destination.Buffer.Address + destination.Offset;
        if (destination.Format.IsQuantised)
            WeightQuantisation.Pack(packed, destination.Format, destination.Inputs, firstRow, rows, source, sourceElement);
        else
            WeightPacking.Pack((ushort*)packed, destination.Inputs, firstRow, rows, source, sourceElement);
    }

    /// <inheritdoc/>
    public void PackWeight(PackedWeight destination, int firstRow, int rows, QuantisedRows source)
    {
        CheckRows(destination, firstRow, rows);
        int groups = destination.Format.IsQuantised ? destination.Inputs / destination.Format.Group : 0;
        if (groups == 0 || source.Values.Length != rows * destination.Inputs || source.Scales.Length != rows * groups
            || source.Zeros.Length != (destination.Format.HasZeros ? rows * groups : 0))
            throw new ArgumentException($"{source.Values.Length} values, {source.Scales.Length} scales and {source.Zeros.Length} zero points are not {rows} rows of {destination.Inputs} in {destination.Format}", nameof(source));
        WeightQuantisation.Pack((byte*)destination.Buffer.Address + destination.Offset, destination.Format, destination.Inputs, firstRow, rows, source);
    }

    /// <inheritdoc/>
    public long PageBytes(int pageSize, int heads, int lanes, CacheFormat format)
    {
        if (pageSize <= 0 || pageSize % Panels.Width != 0)
            throw new ArgumentException($"KDSL0051: page size {pageSize}: pages hold a multiple of {Panels.Width} positions", nameof(pageSize));
        return heads * (format == CacheFormat.Int8 ? Int8Pages.HeadBytes(pageSize, lanes) : (long)pageSize * Panels.PaddedLanes(lanes) * sizeof(ushort));
    }

    /// <inheritdoc/>
    public ICompiledKernel GetKernel(KernelInfo kernel, IReadOnlyDictionary<string, int> constants) => new CpuKernel(kernel, constants);

    /// <inheritdoc/>
    public void Run(ReadOnlySpan<Launch> launches)
    {
        int* extents = stackalloc int[3];
        using var turn = _running.EnterScope();
        foreach (ref readonly var launch in launches)
            Run((CpuKernel)launch.Kernel, launch.Arguments, extents);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        _rows.Dispose();
    }

    private void Run(CpuKernel kernel, KernelArgument* arguments, int* extents)
    {
        var variant = kernel.Choose(arguments, extents);
        variant.Extents(arguments, extents);
        if (variant.RowsUses.Count > 0)
        {
            KernelArgument* own = stackalloc KernelArgument[kernel.Info.Parameters.Length];
            new ReadOnlySpan<KernelArgument>(arguments, kernel.Info.Parameters.Length).CopyTo(new Span<KernelArgument>(own, kernel.Info.Parameters.Length));
            _rows.Prepare(variant.RowsUses, own, _pool);
            arguments = own;
        }

        var blocks = variant.Blocks;
        _pool.Run(variant.Program, arguments, Programs(extents[0], blocks[0]), Programs(extents[1], blocks[1]), Programs(extents[2], blocks[2]));
    }

    private void CheckRows(PackedWeight destination, int firstRow, int rows)
    {
        if (firstRow < 0 || rows < 0 || firstRow + rows > destination.Outputs)
            throw new ArgumentOutOfRangeException(nameof(firstRow), $"rows {firstRow} to {firstRow + rows} of a weight with {destination.Outputs}");
        CheckWritable(destination.Buffer, destination.Offset, WeightBytes(destination.Outputs, destination.Inputs, destination.Format));
    }

    private static int Programs(int extent, int block) => Math.Max(0, (extent + block - 1) / block);

    private static void CheckWritable(DeviceBuffer buffer, long offset, long bytes)
    {
        if (buffer is HostBuffer)
            throw new InvalidOperationException("mapped memory is read only");
        Check(buffer, offset, bytes);
    }

    private static void Check(DeviceBuffer buffer, long offset, long bytes)
    {
        if (offset < 0 || bytes > buffer.Bytes - offset)
            throw new ArgumentOutOfRangeException(nameof(offset), $"bytes {offset} to {offset + bytes} of a buffer of {buffer.Bytes}");
    }
}
