using System.Runtime.InteropServices;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Model.Tests.Graph;

/// <summary>A back end that runs nothing: it remembers every launch with its arguments.</summary>
sealed unsafe class RecordingBackend(bool captures = false) : IBackend
{
    public List<(string Kernel, KernelArgument[] Arguments)> Ran { get; } = [];

    public List<string[]> Captured { get; } = [];

    public Dictionary<string, IReadOnlyDictionary<string, int>> Constants { get; } = [];

    public bool IsRecording { get; set; } = true;

    public string Name => "recording";

    public string Description => Name;

    public DeviceBuffer Allocate(long bytes, string purpose) => new Memory(bytes);

    public void Upload(ReadOnlySpan<byte> source, DeviceBuffer destination, long offset = 0) => source.CopyTo(new((byte*)destination.Address + offset, source.Length));

    public void Download(DeviceBuffer source, long offset, Span<byte> destination) => new ReadOnlySpan<byte>((byte*)source.Address + offset, destination.Length).CopyTo(destination);

    public long WeightBytes(int outputs, int inputs, WeightFormat format) => (long)outputs * inputs * 2;

    public void PackWeight(PackedWeight destination, int firstRow, int rows, ReadOnlySpan<byte> source, ElementType sourceElement) => throw new NotSupportedException();

    public void PackWeight(PackedWeight destination, int firstRow, int rows, QuantisedRows source) => throw new NotSupportedException();

    public long PageBytes(int pageSize, int heads, int lanes, CacheFormat format) => (long)pageSize * heads * lanes * (format == CacheFormat.Int8 ? 1 : 2);

    public ICompiledKernel GetKernel(KernelInfo kernel, IReadOnlyDictionary<string, int> constants)
    {
        Constants[kernel.Name] = constants;
        return new Kernel(kernel);
    }

    public void Run(ReadOnlySpan<Launch> launches)
    {
        if (!IsRecording) return;
        foreach (var launch in launches)
            Ran.Add((launch.Kernel.Info.Name, new ReadOnlySpan<KernelArgument>(launch.Arguments, launch.Kernel.Info.Parameters.Length).ToArray()));
    }

    public ICapturedGraph? Capture(ReadOnlySpan<Launch> launches)
    {
        if (!captures) return null;
        var copy = launches.ToArray();
        Captured.Add([.. copy.Select(static l => l.Kernel.Info.Name)]);
        return new Graph(this, copy);
    }

    public void Dispose()
    {
    }

    private sealed record Kernel(KernelInfo Info) : ICompiledKernel
    {
        public void Validate(ReadOnlySpan<KernelArgument> arguments) => Assert.Equal(Info.Parameters.Length, arguments.Length);
    }

    private sealed class Graph(RecordingBackend backend, Launch[] launches) : ICapturedGraph
    {
        public void Replay() => backend.Run(launches);

        public void Dispose()
        {
        }
    }

    private sealed class Memory(long bytes) : DeviceBuffer
    {
        private readonly void* _data = NativeMemory.AlignedAlloc((nuint)bytes, 256);

        public override nint Address => (nint)_data;

        public override long Bytes => bytes;

        protected override void Dispose(bool disposing) => NativeMemory.AlignedFree(_data);
    }
}
