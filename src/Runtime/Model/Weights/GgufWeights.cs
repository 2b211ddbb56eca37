namespace KernelDsl.Runtime.Model;

/// <summary>The weights of a GGUF file.</summary>
sealed class GgufWeights(GgufFile file) : IWeightSource
{
    /// <inheritdoc/>
    public string Path => file.Path;

    /// <inheritdoc/>
    public WeightEncoding? Quantised { get; } = MostOf(file);

    /// <inheritdoc/>
    public StoredTensor Get(string name, params ReadOnlySpan<int> shape)
    {
        var tensor = GgufTensorNames.Get(file, name, shape);
        var (rows, columns) = StoredTensor.Extent(shape);
        return GgufBlocks.IsQuantised(tensor.Type!.Value) ? new GgufIntegerRows(file, tensor, rows, columns) : new GgufFloatRows(file, tensor, rows, columns);
    }

    /// <inheritdoc/>
    public byte[] Fingerprint()
    {
        using var fingerprint = new SourceFingerprint();
        file.AddTo(fingerprint);
        return fingerprint.Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static WeightEncoding? MostOf(GgufFile file)
    {
        var elements = new Dictionary<WeightEncoding, long>();
        foreach (var tensor in file.Tensors.Values)
        {
            if (tensor.Type is not { } type || tensor.Shape.Length != 2) continue;
            var encoding = GgufBlocks.IsQuantised(type) ? GgufIntegerRows.FormatOf(type).Encoding : WeightEncoding.BFloat16;
            elements[encoding] = elements.GetValueOrDefault(encoding) + tensor.Shape.Span[0] * tensor.Shape.Span[1];
        }
        // A quantised file's embedding may outweigh all its layers.
        elements.Remove(WeightEncoding.BFloat16);
        return elements.Count == 0 ? null : elements.MaxBy(static e => e.Value).Key;
    }
}
