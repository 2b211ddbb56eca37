using System.Runtime.InteropServices;
using KernelDsl.Backends.Tests.Harness;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Backends.Tests.Targets;

/// <summary>A target that is a runtime back end. What is left to say: how to open it, and where an element of a page lies.</summary>
public abstract unsafe class BackendTarget : IKernelTarget
{
    private readonly Lazy<IBackend> _backend;

    protected BackendTarget() => _backend = new(Open);

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual string? Unavailable => null;

    /// <inheritdoc/>
    public virtual string? Refusal(KernelInfo kernel)
    {
        try
        {
            _backend.Value.GetKernel(kernel, kernel.Constants.ToDictionary(static c => c.Name, static c => c.Values[0]));
            return null;
        }
        catch (KernelNotBuiltException e)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public virtual void Run(KernelLaunch launch, string variant)
    {
        var backend = _backend.Value;
        var kernel = Select(backend.GetKernel(launch.Kernel, launch.Constants), variant);
        var bound = launch.Args.Select(a => Bind(backend, a)).ToArray();
        try
        {
            KernelArgument[] arguments = [.. bound.Select(static b => b.Argument)];
            kernel.Validate(arguments);
            fixed (KernelArgument* first = arguments)
                backend.Run([new Launch(kernel, first)]);
            foreach (var (arg, at) in launch.Args.Zip(bound)) ReadBack(backend, arg, at);
        }
        finally
        {
            foreach (var buffer in bound.SelectMany(static b => b.Buffers)) buffer.Dispose();
        }
    }

    /// <summary>Opens the back end; once.</summary>
    protected abstract IBackend Open();

    /// <summary>Forces a schedule variant; the empty name is the back end's choice.</summary>
    protected virtual ICompiledKernel Select(ICompiledKernel kernel, string variant) => kernel;

    /// <summary>Index of an element within its page of bf16.</summary>
    protected abstract long PageElement(PageLayout layout, int pageSize, int heads, int lanes, int position, int head, int lane);

    /// <summary>Bytes of an element and of its vector's scale within their page of int8.</summary>
    protected abstract (long Integer, long Scale) Int8PageBytes(PageLayout layout, int pageSize, int heads, int lanes, int position, int head, int lane);

    private Bound Bind(IBackend backend, KernelArg arg)
    {
        switch (arg)
        {
            case IntArg i:
                return new(KernelArgument.OfInt(i.Value), []);
            case FloatArg f:
                return new(KernelArgument.OfFloat(f.Value), []);
            case ViewArg view:
                var storage = Upload(backend, view.Bytes);
                int[] d = [.. view.Dims, 1, 1, 1], s = [.. view.Strides[..^1], 1, 1, 1];
                return new(
                    new KernelArgument
                    {
                        Data = (byte*)storage.Address + (long)view.Offset * view.Element.Size(),
                        Dim0 = d[0], Dim1 = d[1], Dim2 = d[2], Dim3 = d[3],
                        Stride0 = s[0], Stride1 = s[1], Stride2 = s[2],
                    },
                    [storage]);
            case WeightArg weight:
                int outputs = weight.Matrix.Dim(0), inputs = weight.Matrix.Dim(1);
                var packed = backend.Allocate(backend.WeightBytes(outputs, inputs, WeightFormat.BFloat16), "weight");
                backend.PackWeight(
                    new PackedWeight(packed, 0, outputs, inputs, WeightFormat.BFloat16), 0, outputs,
                    MemoryMarshal.AsBytes(weight.Matrix.ToArray().AsSpan()), ElementType.BFloat16);
                return new(new KernelArgument { Data = (void*)packed.Address, Dim0 = outputs, Dim1 = inputs, Dim2 = 1, Dim3 = 1 }, [packed]);
            case PagedArg paged:
                var cache = paged.Cache;
                var table = Upload(backend, MemoryMarshal.AsBytes(cache.Table.Storage.AsSpan()));
                var pool = Upload(backend, Repack(paged, new byte[PageBytes(backend, paged) * cache.Pool.Dim(0)], fromDevice: false));
                return new(
                    new KernelArgument
                    {
                        Data = (void*)pool.Address,
                        Dim0 = cache.Dim(0), Dim1 = cache.Dim(1), Dim2 = cache.Dim(2), Dim3 = cache.Dim(3),
                        PageTable = (int*)table.Address, PageTableStride = cache.Table.Dim(1), PageSize = cache.PageSize,
                        PageStride = PageBytes(backend, paged), Layout = paged.Layout, CacheFormat = cache.Format,
                    },
                    [pool, table]);
            default:
                throw new NotSupportedException(arg.GetType().Name);
        }
    }

    private void ReadBack(IBackend backend, KernelArg arg, Bound bound)
    {
        switch (arg)
        {
            case ViewArg view:
                backend.Download(bound.Buffers[0], 0, view.Bytes);
                break;
            case PagedArg paged:
                var device = new byte[PageBytes(backend, paged) * paged.Cache.Pool.Dim(0)];
                backend.Download(bound.Buffers[0], 0, device);
                Repack(paged, device, fromDevice: true);
                break;
        }
    }

    private static DeviceBuffer Upload(IBackend backend, ReadOnlySpan<byte> bytes)
    {
        var buffer = backend.Allocate(bytes.Length, "test");
        backend.Upload(bytes, buffer);
        return buffer;
    }

    private static long PageBytes(IBackend backend, PagedArg paged) =>
        backend.PageBytes(paged.Cache.PageSize, paged.Cache.Dim(2), paged.Cache.Dim(3), paged.Cache.Format);

    /// <summary>Copies between the row-major pages of the host and the back end's layout.</summary>
    private byte[] Repack(PagedArg paged, byte[] device, bool fromDevice)
    {
        var cache = paged.Cache;
        var host = cache.Pool;
        int size = host.Dim(1), heads = host.Dim(2), lanes = host.Dim(3), pageBytes = device.Length / host.Dim(0);
        for (int i = 0; i < host.Count; i++)
        {
            int vector = i / lanes, lane = i % lanes, head = vector % heads, position = vector / heads % size, page = vector / heads / size;
            var bytes = device.AsSpan(page * pageBytes, pageBytes);
            if (cache.Format == CacheFormat.BFloat16)
            {
                ref var at = ref MemoryMarshal.Cast<byte, bf16>(bytes)[(int)PageElement(paged.Layout, size, heads, lanes, position, head, lane)];
                if (fromDevice) host.Storage[i] = at;
                else at = host.Storage[i];
                continue;
            }

            var (integerAt, scaleAt) = Int8PageBytes(paged.Layout, size, heads, lanes, position, head, lane);
            ref byte integer = ref bytes[(int)integerAt];
            ref float scale = ref MemoryMarshal.Cast<byte, float>(bytes[(int)scaleAt..])[0];
            if (fromDevice) (cache.Integers[i], cache.Scales[vector], host.Storage[i]) = ((sbyte)integer, scale, Int8Vector.Read((sbyte)integer, scale));
            else (integer, scale) = ((byte)cache.Integers[i], cache.Scales[vector]);
        }

        return device;
    }

    private sealed record Bound(KernelArgument Argument, IReadOnlyList<DeviceBuffer> Buffers);
}
