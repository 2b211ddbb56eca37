using ILGPU;
using ILGPU.Runtime;

namespace KernelDsl.Backends.Tests.Ilgpu;

/// <summary>A host array and its copy on a device.</summary>
internal interface IHostBuffer : IDisposable
{
    /// <summary>The device's view of elements [offset, offset + length).</summary>
    object View(int offset, long length);

    /// <summary>Overwrites the host array with what the device has.</summary>
    void CopyBack();
}

/// <summary>Makes buffers of whatever elements an array has.</summary>
internal static class HostBuffer
{
    public static IHostBuffer Of(Accelerator accelerator, Array storage) => storage switch
    {
        BFloat16[] bf16 => new HostBuffer<BFloat16, ushort>(accelerator, bf16, static x => x.Bits, static x => new(x)),
        float[] floats => new HostBuffer<float, float>(accelerator, floats, static x => x, static x => x),
        int[] ints => new HostBuffer<int, int>(accelerator, ints, static x => x, static x => x),
        _ => throw new NotSupportedException($"storage of {storage.GetType().GetElementType()}; bf16, float and int are supported"),
    };
}

/// <summary>A buffer whose host elements have another type than the device's.</summary>
internal sealed class HostBuffer<THost, TDevice> : IHostBuffer
    where TDevice : unmanaged
{
    private readonly THost[] _host;
    private readonly Func<TDevice, THost> _toHost;
    private readonly MemoryBuffer1D<TDevice, Stride1D.Dense> _device;

    public HostBuffer(Accelerator accelerator, THost[] host, Func<THost, TDevice> toDevice, Func<TDevice, THost> toHost)
    {
        (_host, _toHost) = (host, toHost);
        // An empty array still needs an address.
        _device = accelerator.Allocate1D<TDevice>(Math.Max(host.Length, 1));
        if (host.Length > 0) _device.View.SubView(0, host.Length).CopyFromCPU(Array.ConvertAll(host, x => toDevice(x)));
    }

    public object View(int offset, long length) => (ArrayView<TDevice>)_device.View.SubView(offset, length);

    public void CopyBack()
    {
        if (_host.Length == 0) return;
        var values = new TDevice[_host.Length];
        _device.View.SubView(0, values.Length).CopyToCPU(values);
        for (int i = 0; i < values.Length; i++) _host[i] = _toHost(values[i]);
    }

    public void Dispose() => _device.Dispose();
}
