namespace KernelDsl.Runtime.Backend;

/// <summary>
/// A device that runs kernels. Everything the runtime asks of one; <see cref="Capture"/>, <see cref="WeightLayout"/> and <see cref="Map"/> are optional.
/// All sizes are bytes. Not thread-safe: one engine thread drives a back end.
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>Short name: "cpu", "cuda", "ascend".</summary>
    string Name { get; }

    /// <summary>One line for a person: the processor or device, its instruction set, its threads.</summary>
    string Description { get; }

    /// <summary>Zero-filled device memory, aligned to 256 bytes.</summary>
    /// <exception cref="OutOfMemoryException">The device has not that much; the message names purpose, size and what is free.</exception>
    DeviceBuffer Allocate(long bytes, string purpose);

    /// <summary>Copies host memory to the device.</summary>
    void Upload(ReadOnlySpan<byte> source, DeviceBuffer destination, long offset = 0);

    /// <summary>Copies device memory to the host; waits for the work that produces it.</summary>
    void Download(DeviceBuffer source, long offset, Span<byte> destination);

    /// <summary>Bytes of a packed [outputs, inputs] weight.</summary>
    /// <exception cref="ArgumentException">The back end has no such format, or the inputs are no whole number of its groups.</exception>
    long WeightBytes(int outputs, int inputs, WeightFormat format);

    /// <summary>Packs rows [firstRow, firstRow + rows) of a weight from row-major checkpoint data, so that a weight may be packed from
    /// several tensors (q, k and v into one) and in parallel; a quantised weight rounds to nearest. firstRow is a multiple of the back end's row granule or follows what was packed before.</summary>
    void PackWeight(PackedWeight destination, int firstRow, int rows, ReadOnlySpan<byte> source, ElementType sourceElement);

    /// <summary>The same from rows that are quantised already, in the format of the weight.</summary>
    void PackWeight(PackedWeight destination, int firstRow, int rows, QuantisedRows source);

    /// <summary>
    /// Names what <see cref="PackWeight(PackedWeight, int, int, ReadOnlySpan{byte}, ElementType)"/> makes, in at most 64 bytes of UTF-8: packed bytes that were kept under
    /// the same name are read again, on any machine. It changes with every change of the layout or of rounding. null: packed weights are not kept.
    /// </summary>
    string? WeightLayout => null;

    /// <summary>Host memory as a buffer, in place: it is read only, begins at a multiple of 4096, and outlives the buffer. null where the device does not read host memory; then it is uploaded.</summary>
    DeviceBuffer? Map(nint address, long bytes) => null;

    /// <summary>Bytes of one page of one layer's keys or values.</summary>
    /// <exception cref="ArgumentException">KDSL0051: the back end has no such pages.</exception>
    /// <exception cref="NotSupportedException">KDSL0140: the back end has no such format.</exception>
    long PageBytes(int pageSize, int heads, int lanes, CacheFormat format);

    /// <summary>The kernel's variant for the given constants (name to value).</summary>
    /// <exception cref="KernelNotBuiltException">KDSL0052: no such variant was built; names the kernel, the constant, the value and what was built.</exception>
    ICompiledKernel GetKernel(KernelInfo kernel, IReadOnlyDictionary<string, int> constants);

    /// <summary>Runs launches in order, each seeing what the ones before wrote. Allocates nothing.</summary>
    void Run(ReadOnlySpan<Launch> launches);

    /// <summary>Turns launches into one replayable object (a CUDA graph, an ACL graph), or null where the back end has no such thing.</summary>
    ICapturedGraph? Capture(ReadOnlySpan<Launch> launches) => null;
}

/// <summary>Rows of a quantised checkpoint: value [row, input] is Scales[row, group] · (Values[row, input] - Zeros[row, group]).</summary>
/// <param name="values">Row-major [rows, inputs]; the range of the weight's encoding.</param>
/// <param name="scales">Row-major [rows, inputs / group].</param>
/// <param name="zeros">The same shape, or empty where the format has none.</param>
public readonly ref struct QuantisedRows(ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales, ReadOnlySpan<float> zeros)
{
    /// <summary>Integers.</summary>
    public ReadOnlySpan<sbyte> Values { get; } = values;

    /// <summary>Scales.</summary>
    public ReadOnlySpan<float> Scales { get; } = scales;

    /// <summary>Zero points.</summary>
    public ReadOnlySpan<float> Zeros { get; } = zeros;
}

/// <summary>A kernel as the back end compiled it; picks its schedule variant from the arguments at launch.</summary>
public interface ICompiledKernel
{
    /// <summary>What was compiled.</summary>
    KernelInfo Info { get; }

    /// <summary>Checks bound arguments once, when a graph is built.</summary>
    /// <exception cref="ArgumentException">KDSL0050, KDSL0051 or KDSL0053: names the parameter, the value and what is allowed.</exception>
    void Validate(ReadOnlySpan<KernelArgument> arguments);
}

/// <summary>One bound launch: the arguments lie in unmanaged memory that the graph owns and patches between replays.</summary>
public readonly unsafe struct Launch(ICompiledKernel kernel, KernelArgument* arguments)
{
    /// <summary>What runs.</summary>
    public ICompiledKernel Kernel { get; } = kernel;

    /// <summary>Its arguments, in the order of <see cref="KernelInfo.Parameters"/>.</summary>
    public KernelArgument* Arguments { get; } = arguments;
}

/// <summary>Captured launches that replay with one call.</summary>
public interface ICapturedGraph : IDisposable
{
    /// <summary>Runs them again with the arguments as they are now.</summary>
    void Replay();
}

/// <summary>KDSL0052: the kernel has no variant for the constants asked for.</summary>
public sealed class KernelNotBuiltException(string message) : Exception(message);
