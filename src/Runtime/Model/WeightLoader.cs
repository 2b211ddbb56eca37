using System.Runtime.InteropServices;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>Brings tensors to the device. There are never two copies of the weights in memory: matrices are packed piece by piece, or mapped.</summary>
/// <param name="tensors">The model's tensors by name.</param>
/// <param name="activations">What is multiplied by integers.</param>
sealed class WeightLoader(IReadOnlyDictionary<string, StoredTensor> tensors, IBackend backend, DeviceAllocations allocations, ActivationFormat activations)
{
    /// <summary>Matrices by their plans' names: mapped from the cache where it has them, else packed in parallel and then cached.</summary>
    /// <param name="cache">The file of these matrices; null: they are not cached.</param>
    public Dictionary<string, WeightTensor> Matrices(IReadOnlyList<MatrixPlan> plans, WeightCacheFile? cache)
    {
        PackedWeight[] weights;
        if (cache?.Open() is { } mapped)
        {
            weights = Place(plans, mapped, cache);
        }
        else
        {
            weights = Pack(plans);
            cache?.Write(weights, backend);
        }
        return plans.Zip(weights).ToDictionary(static m => m.First.Name, m => new WeightTensor(m.Second, activations), StringComparer.Ordinal);
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

    private PackedWeight[] Pack(IReadOnlyList<MatrixPlan> plans)
    {
        // All at once, so that too little memory is known before anything is read.
        var weights = plans.Select(p => new PackedWeight(allocations.Allocate(p.Bytes(backend), p.Name), 0, p.Outputs, p.Inputs, p.Format)).ToArray();
        var packer = new WeightPacker(backend);
        try
        {
            Parallel.For(0, weights.Length, i => packer.Pack(weights[i], plans[i].Parts));
        }
        catch (AggregateException e) when (e.InnerExceptions.Count > 0)
        {
            throw e.InnerExceptions[0];
        }
        return weights;
    }

    /// <summary>Matrices in a mapped file: in place where the device reads host memory, else copied to it, letting go of the file behind.</summary>
    private PackedWeight[] Place(IReadOnlyList<MatrixPlan> plans, MappedBytes file, WeightCacheFile cache)
    {
        if (allocations.Map(file.Address, file.Length, file) is { } whole)
            return [.. plans.Select((p, i) => new PackedWeight(whole, cache.OffsetOf(i), p.Outputs, p.Inputs, p.Format))];
        using (file)
            return [.. plans.Select((p, i) => new PackedWeight(Copy(p, file, cache.OffsetOf(i)), 0, p.Outputs, p.Inputs, p.Format))];
    }

    private DeviceBuffer Copy(MatrixPlan plan, MappedBytes file, long offset)
    {
        const int pieceBytes = 8 << 20;
        long bytes = plan.Bytes(backend);
        var buffer = allocations.Allocate(bytes, plan.Name);
        for (long at = 0; at < bytes; at += pieceBytes)
        {
            int count = (int)Math.Min(pieceBytes, bytes - at);
            backend.Upload(file.Slice(offset + at, count), buffer, at);
            file.Drop(offset + at, count);
        }
        return buffer;
    }

    private Tensor Upload(string name, ElementType element, ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> dims)
    {
        var buffer = allocations.Allocate(Math.Max(bytes.Length, 1), name);
        backend.Upload(bytes, buffer);
        return Tensor.Of(name, element, buffer, 0, dims);
    }
}
