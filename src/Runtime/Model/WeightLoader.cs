using System.Runtime.InteropServices;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// Brings tensors to the device: declare what goes where, then <see cref="Run"/> packs in parallel, letting go of the mapped file
/// behind itself, so that there are never two copies of the weights in memory.
/// </summary>
/// <param name="tensors">The model's tensors by name.</param>
/// <param name="wanted">How matrices of floats are stored; those of integers stay what they are.</param>
sealed class WeightLoader(IReadOnlyDictionary<string, StoredTensor> tensors, IBackend backend, DeviceAllocations allocations, WeightFormat wanted)
{
    // Rows are packed in pieces of about this size: large enough to stream, small enough not to matter beside the weights.
    private const int PieceBytes = 8 << 20;

    // Pieces begin at multiples of this: every back end's panels divide it.
    private const int PieceRows = 256;

    private readonly List<Action> _jobs = [];

    /// <summary>
    /// One packed matrix of the rows of one or more [outputs, inputs] tensors, in order. It is bf16 where its rows are no whole number of
    /// the format's groups.
    /// </summary>
    public WeightTensor Matrix(params string[] names)
    {
        var parts = Array.ConvertAll(names, name => tensors[name]);
        int inputs = parts[0].Columns, outputs = parts.Sum(static p => p.Rows);
        var format = parts.Any(static p => p is IntegerTensor) ? CommonFormat.Of(parts) : wanted;
        if (format.FaultFor(inputs) != null) format = WeightFormat.BFloat16;
        var buffer = allocations.Allocate(backend.WeightBytes(outputs, inputs, format), names[0]);
        var weight = new PackedWeight(buffer, 0, outputs, inputs, format);
        _jobs.Add(() =>
        {
            int firstRow = 0;
            foreach (var part in parts)
            {
                Pack(weight, firstRow, part);
                firstRow += part.Rows;
            }
        });
        return new(weight);
    }

    /// <summary>One bf16 vector of one or more vectors, in order.</summary>
    public Tensor Vector(params string[] names)
    {
        var parts = Array.ConvertAll(names, name => tensors[name]);
        var values = new BFloat16[parts.Sum(static p => p.Columns)];
        int at = 0;
        foreach (var part in parts)
        {
            var floats = new float[part.Columns];
            part.Read(0, 1, floats);
            foreach (float value in floats) values[at++] = (BFloat16)value;
        }
        return Upload(names[0], ElementType.BFloat16, MemoryMarshal.AsBytes<BFloat16>(values), values.Length);
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

    private void Pack(PackedWeight weight, int firstRow, StoredTensor part)
    {
        int size = part is FloatTensor floats ? floats.Element.Size() : sizeof(float);
        int piece = Math.Max(PieceBytes / (weight.Inputs * size) / PieceRows, 1) * PieceRows;
        for (int row = 0; row < part.Rows; row += piece)
        {
            int count = Math.Min(piece, part.Rows - row);
            if (part is FloatTensor f)
                backend.PackWeight(weight, firstRow + row, count, f.Read(row, count), f.Element);
            else if (part is IntegerTensor integers && weight.Format.IsQuantised)
                PackIntegers(weight, firstRow + row, integers, row, count);
            else
                PackFloats(weight, firstRow + row, part, row, count);
            part.Drop(row, count);
        }
    }

    private void PackIntegers(PackedWeight weight, int firstRow, IntegerTensor part, int row, int count)
    {
        var values = new sbyte[count * part.Columns];
        float[] scales = new float[count * part.Groups], zeros = new float[part.Format.HasZeros ? scales.Length : 0];
        part.Read(row, count, values, scales, zeros);
        if (part.Format == weight.Format)
        {
            backend.PackWeight(weight, firstRow, count, new QuantisedRows(values, scales, zeros));
            return;
        }
        var splitScales = new float[count * (weight.Inputs / weight.Format.Group)];
        var splitZeros = new float[weight.Format.HasZeros ? splitScales.Length : 0];
        CommonFormat.Convert(part.Format, weight.Format, values, scales, zeros, splitScales, splitZeros);
        backend.PackWeight(weight, firstRow, count, new QuantisedRows(values, splitScales, splitZeros));
    }

    private void PackFloats(PackedWeight weight, int firstRow, StoredTensor part, int row, int count)
    {
        var values = new float[count * part.Columns];
        part.Read(row, count, values);
        backend.PackWeight(weight, firstRow, count, MemoryMarshal.AsBytes<float>(values), ElementType.Float32);
    }

    private Tensor Upload(string name, ElementType element, ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> dims)
    {
        var buffer = allocations.Allocate(Math.Max(bytes.Length, 1), name);
        backend.Upload(bytes, buffer);
        return Tensor.Of(name, element, buffer, 0, dims);
    }
}
