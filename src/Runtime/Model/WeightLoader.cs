using System.Runtime.InteropServices;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// Brings checkpoint tensors to the device: declare what goes where, then <see cref="Run"/> packs in parallel, letting go of the mapped file
/// behind itself, so that there are never two copies of the weights in memory.
/// </summary>
sealed class WeightLoader(CheckpointFiles checkpoint, IBackend backend, DeviceAllocations allocations, WeightFormat wanted)
{
    // Rows are packed in pieces of about this size: large enough to stream, small enough not to matter beside the weights.
    private const int PieceBytes = 8 << 20;

    // Pieces begin at multiples of this: every back end's panels divide it.
    private const int PieceRows = 256;

    private readonly List<Action> _jobs = [];

    /// <summary>
    /// One packed matrix of the rows of one or more [outputs, inputs] tensors, in order. It stays bf16 where its rows are no whole number of
    /// the format's groups.
    /// </summary>
    public WeightTensor Matrix(params string[] names)
    {
        var parts = Array.ConvertAll(names, Get);
        int inputs = (int)parts[0].Entry.Shape.Span[1];
        int outputs = parts.Sum(static p => (int)p.Entry.Shape.Span[0]);
        var format = wanted.FaultFor(inputs) == null ? wanted : WeightFormat.BFloat16;
        var buffer = allocations.Allocate(backend.WeightBytes(outputs, inputs, format), names[0]);
        var weight = new PackedWeight(buffer, 0, outputs, inputs, format);
        _jobs.Add(() =>
        {
            int firstRow = 0;
            foreach (var (file, entry) in parts)
            {
                Pack(weight, firstRow, file, entry);
                firstRow += (int)entry.Shape.Span[0];
            }
        });
        return new(weight);
    }

    /// <summary>One bf16 vector of one or more vectors, in order.</summary>
    public Tensor Vector(params string[] names)
    {
        var parts = Array.ConvertAll(names, Get);
        int length = parts.Sum(static p => (int)p.Entry.Shape.Span[0]);
        var values = new BFloat16[length];
        int at = 0;
        foreach (var (file, entry) in parts)
        {
            int count = (int)entry.Shape.Span[0];
            Elements.ToBFloat16(file.Read(entry, 0, (int)entry.Bytes), entry.Element!.Value, values.AsSpan(at, count));
            at += count;
        }
        return Upload(names[0], ElementType.BFloat16, MemoryMarshal.AsBytes<BFloat16>(values), length);
    }

    /// <summary>A computed table of floats.</summary>
    public Tensor Table(string name, float[] values, int rows, int columns) =>
        Upload(name, ElementType.Float32, MemoryMarshal.AsBytes<float>(values), rows, columns);

    /// <summary>Packs all matrices declared so far.</summary>
    public void Run()
    {
        try
        {
            Parallel.ForEach(_jobs, static job => job());
        }
        catch (AggregateException e) when (e.InnerExceptions.Count > 0)
        {
            throw e.InnerExceptions[0];
        }
        _jobs.Clear();
    }

    private (SafeTensorsFile File, TensorEntry Entry) Get(string name) =>
        checkpoint.TryGet(name, out var tensor) ? tensor : throw new ModelException(checkpoint.Path, $"tensor {Text.Quote(name)} is missing");

    private void Pack(PackedWeight weight, int firstRow, SafeTensorsFile file, TensorEntry entry)
    {
        var element = entry.Element!.Value;
        int rows = (int)entry.Shape.Span[0];
        long rowBytes = (long)weight.Inputs * element.Size();
        int piece = (int)Math.Max(PieceBytes / rowBytes / PieceRows, 1) * PieceRows;
        for (int row = 0; row < rows; row += piece)
        {
            int count = Math.Min(piece, rows - row);
            backend.PackWeight(weight, firstRow + row, count, file.Read(entry, row * rowBytes, checked((int)(count * rowBytes))), element);
            file.Drop(entry, row * rowBytes, count * rowBytes);
        }
    }

    private Tensor Upload(string name, ElementType element, ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> dims)
    {
        var buffer = allocations.Allocate(Math.Max(bytes.Length, 1), name);
        backend.Upload(bytes, buffer);
        return Tensor.Of(name, element, buffer, 0, dims);
    }
}
