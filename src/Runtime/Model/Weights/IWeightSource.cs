namespace KernelDsl.Runtime.Model;

/// <summary>The tensors of a model by transformers' names, whatever files they lie in and however they are stored there.</summary>
public interface IWeightSource : IDisposable
{
    /// <summary>What messages call it.</summary>
    string Path { get; }

    /// <summary>What most of the matrices are stored as where they are integers; null: as floats.</summary>
    WeightEncoding? Quantised { get; }

    /// <summary>A tensor, checked.</summary>
    /// <param name="name">As transformers spells it: model.layers.0.mlp.up_proj.weight.</param>
    /// <param name="shape">What the configuration asks for: [outputs, inputs], or the length of a vector.</param>
    /// <exception cref="ModelException">It is missing, has another shape, or is stored as what is not loaded: names the file, the tensor, what it is and what it must be.</exception>
    StoredTensor Get(string name, params ReadOnlySpan<int> shape);

    /// <summary>32 bytes that change with the files, without reading all of them: names, sizes, times, where the tensors lie, and samples.</summary>
    byte[] Fingerprint();
}
