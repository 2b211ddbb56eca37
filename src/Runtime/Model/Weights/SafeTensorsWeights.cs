namespace KernelDsl.Runtime.Model;

/// <summary>
/// The weights of a Hugging Face folder. Which matrices of a quantised one are integers, the files say: the configuration's lists of exceptions
/// are patterns that would only repeat it.
/// </summary>
sealed class SafeTensorsWeights(CheckpointFiles checkpoint, QuantizationConfig? quantization) : IWeightSource
{
    /// <inheritdoc/>
    public string Path => checkpoint.Path;

    /// <inheritdoc/>
    public WeightEncoding? Quantised => quantization switch
    {
        null => null,
        { Bits: 4 } => WeightEncoding.Int4,
        _ => WeightEncoding.Int8,
    };

    /// <inheritdoc/>
    public StoredTensor Get(string name, params ReadOnlySpan<int> shape)
    {
        var (rows, columns) = StoredTensor.Extent(shape);
        if (quantization != null && shape.Length == 2 && QuantisedModule.Find(checkpoint, quantization, name, rows, columns) is { } integers) return integers;
        var (file, entry) = Qwen2Tensors.Get(checkpoint, name, shape);
        return new SafeTensorsRows(file, entry, rows, columns);
    }

    /// <inheritdoc/>
    public byte[] Fingerprint()
    {
        using var fingerprint = new SourceFingerprint();
        fingerprint.Add($"{quantization}");
        checkpoint.AddTo(fingerprint);
        return fingerprint.Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => checkpoint.Dispose();
}
