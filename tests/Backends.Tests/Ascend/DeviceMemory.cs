using System.Runtime.InteropServices;
using KernelDsl.Backends.Tests.Harness;

namespace KernelDsl.Backends.Tests.Ascend;

/// <summary>A launch's arguments in memory of the model: copies of all storage, of which the kernel may touch exactly the views.</summary>
internal sealed unsafe class DeviceMemory : IDisposable
{
    private readonly KernelLaunch _launch;
    private readonly nint[] _storage;
    private readonly List<HostModel.GmRange> _ranges = [];

    public DeviceMemory(KernelLaunch launch)
    {
        _launch = launch;
        _storage = new nint[launch.Args.Count];
        Arguments = (KernelArgument*)NativeMemory.AllocZeroed((nuint)launch.Args.Count, (nuint)sizeof(KernelArgument));
        for (int i = 0; i < launch.Args.Count; i++)
            Arguments[i] = Bind(i);
    }

    /// <summary>One per parameter.</summary>
    public KernelArgument* Arguments { get; }

    /// <summary>The arguments.</summary>
    public ReadOnlySpan<KernelArgument> Span => new(Arguments, _launch.Args.Count);

    /// <summary>What the kernel may touch.</summary>
    public ReadOnlySpan<HostModel.GmRange> Ranges => CollectionsMarshal.AsSpan(_ranges);

    /// <summary>Copies everything back, so that stray writes show.</summary>
    public void ReadBack()
    {
        for (int i = 0; i < _storage.Length; i++)
            if (_launch.Args[i] is ViewArg view)
                new ReadOnlySpan<byte>((void*)_storage[i], view.Bytes.Length).CopyTo(view.Bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint storage in _storage)
            NativeMemory.AlignedFree((void*)storage);
        NativeMemory.Free(Arguments);
    }

    private KernelArgument Bind(int index)
    {
        bool writes = _launch.Kernel.Parameters[index].Writes;
        switch (_launch.Args[index])
        {
            case IntArg i:
                return KernelArgument.OfInt(i.Value);
            case FloatArg f:
                return KernelArgument.OfFloat(f.Value);
            case ViewArg view:
                int size = view.Element.Size();
                byte* first = Allocate(index, view.Bytes) + ((long)view.Offset * size);
                long elements = 1 + view.Dims.Zip(view.Strides, static (dim, stride) => (long)(dim - 1) * stride).Sum();
                _ranges.Add(new() { Base = first, Bytes = (ulong)(elements * size), Writable = writes ? 1 : 0 });
                int[] d = [.. view.Dims, 1, 1, 1], s = [.. view.Strides[..^1], 1, 1, 1];
                return new() { Data = first, Dim0 = d[0], Dim1 = d[1], Dim2 = d[2], Dim3 = d[3], Stride0 = s[0], Stride1 = s[1], Stride2 = s[2] };
            case WeightArg weight:
                var bytes = MemoryMarshal.AsBytes(weight.Matrix.ToArray().AsSpan());
                byte* matrix = Allocate(index, bytes);
                _ranges.Add(new() { Base = matrix, Bytes = (ulong)bytes.Length });
                return new() { Data = matrix, Dim0 = weight.Matrix.Dim(0), Dim1 = weight.Matrix.Dim(1), Dim2 = 1, Dim3 = 1 };
            default:
                throw new NotSupportedException(_launch.Args[index].GetType().Name);
        }
    }

    private byte* Allocate(int index, ReadOnlySpan<byte> bytes)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes.Length, 512);
        _storage[index] = (nint)memory;
        bytes.CopyTo(new Span<byte>(memory, bytes.Length));
        return memory;
    }
}
