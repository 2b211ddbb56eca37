using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>The weights of a layer; matrices packed, norms and biases as bf16 vectors.</summary>
/// <param name="InputNorm">[hidden].</param>
/// <param name="Qkv">Queries, keys and values in one: [(heads + 2 · kvHeads) · lanes, hidden].</param>
/// <param name="QkvBias">[(heads + 2 · kvHeads) · lanes].</param>
/// <param name="Output">[hidden, heads · lanes].</param>
/// <param name="PostNorm">[hidden].</param>
/// <param name="Gate">[intermediate, hidden].</param>
/// <param name="Up">[intermediate, hidden].</param>
/// <param name="Down">[hidden, intermediate].</param>
sealed record Qwen2Layer(
    Tensor InputNorm, WeightTensor Qkv, Tensor QkvBias, WeightTensor Output, Tensor PostNorm, WeightTensor Gate, WeightTensor Up, WeightTensor Down)
{
    /// <summary>A layer of its matrices, by the names of their first tensors, and of vectors from the checkpoint.</summary>
    public static Qwen2Layer Load(WeightLoader loader, IReadOnlyDictionary<string, WeightTensor> matrices, int layer)
    {
        string Name(string name) => Qwen2Tensors.Layer(layer, name);
        return new(
            loader.Vector(Name("input_layernorm.weight")),
            matrices[Name("self_attn.q_proj.weight")],
            loader.Vector(Name("self_attn.q_proj.bias"), Name("self_attn.k_proj.bias"), Name("self_attn.v_proj.bias")),
            matrices[Name("self_attn.o_proj.weight")],
            loader.Vector(Name("post_attention_layernorm.weight")),
            matrices[Name("mlp.gate_proj.weight")],
            matrices[Name("mlp.up_proj.weight")],
            matrices[Name("mlp.down_proj.weight")]);
    }
}

/// <summary>A Qwen2 model's weights on the device, packed from the mapped checkpoint piece by piece, or mapped from a cache; tied embeddings share one table.</summary>
sealed class Qwen2Weights : IDisposable
{
    private readonly DeviceAllocations _allocations;

    private Qwen2Weights(DeviceAllocations allocations) => _allocations = allocations;

    public required WeightTensor Embedding { get; init; }

    public required WeightTensor Head { get; init; }

    public required Tensor FinalNorm { get; init; }

    /// <summary>Cosines of the rotary angles, [positions, lanes / 2].</summary>
    public required Tensor Cos { get; init; }

    /// <summary>Sines of the rotary angles, [positions, lanes / 2].</summary>
    public required Tensor Sin { get; init; }

    public required IReadOnlyList<Qwen2Layer> Layers { get; init; }

    /// <summary>Device memory that the weights and tables take.</summary>
    public long Bytes => _allocations.Bytes;

    /// <summary>Checks every name and shape, then maps the matrices from the cache, or allocates and packs them in parallel.</summary>
    /// <param name="positions">Rows of the rotary tables.</param>
    /// <param name="wanted">How matrices are stored; null: as the source has them. Integers stay what they are.</param>
    /// <param name="activations">What is multiplied by integers.</param>
    /// <param name="cache">Where packed matrices are kept; null: nowhere.</param>
    /// <exception cref="ModelException">The source does not fit the configuration, or has integers of another width than wanted.</exception>
    public static Qwen2Weights Load(ModelCheckpoint checkpoint, int positions, IBackend backend, WeightFormat? wanted, ActivationFormat activations, WeightCache? cache)
    {
        var (source, c) = (checkpoint.Weights, checkpoint.Config);
        if (wanted is { } w && source.Quantised is { } own && w.Encoding != own)
            throw new ModelException(source.Path, $"its weights are {Name(own)} and cannot be loaded as {Name(w.Encoding)}; ask for auto or {Name(own)}");
        var format = source.Quantised == null && wanted is { } asked ? asked : WeightFormat.BFloat16;
        var tensors = Qwen2Tensors.All(c).ToDictionary(static t => t.Name, t => source.Get(t.Name, t.Shape), StringComparer.Ordinal);
        var plans = Qwen2Tensors.Matrices(c).Select(names => MatrixPlan.Of(names[0], Array.ConvertAll(names, n => tensors[n]), format)).ToArray();
        var allocations = new DeviceAllocations(backend);
        try
        {
            var loader = new WeightLoader(tensors, backend, allocations, activations);
            var matrices = loader.Matrices(plans, cache == null ? null : WeightCacheFile.For(checkpoint, Name(source.Quantised ?? format.Encoding), plans, backend, cache));
            var (cos, sin) = c.Rope.Tables(positions, c.HeadSize);
            return new Qwen2Weights(allocations)
            {
                Embedding = matrices[Qwen2Tensors.Embedding],
                Head = matrices[c.TiedEmbeddings ? Qwen2Tensors.Embedding : Qwen2Tensors.Head],
                FinalNorm = loader.Vector(Qwen2Tensors.FinalNorm),
                Cos = loader.Table("cos", cos, positions, c.HeadSize / 2),
                Sin = loader.Table("sin", sin, positions, c.HeadSize / 2),
                Layers = [.. Enumerable.Range(0, c.Layers).Select(i => Qwen2Layer.Load(loader, matrices, i))],
            };
        }
        catch
        {
            allocations.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _allocations.Dispose();

    private static string Name(WeightEncoding encoding) => encoding switch
    {
        WeightEncoding.Int8 => "int8",
        WeightEncoding.Int4 => "int4",
        _ => "bf16",
    };
}
