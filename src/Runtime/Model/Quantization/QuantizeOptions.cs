namespace KernelDsl.Runtime.Model;

/// <summary>How a model is quantised.</summary>
public sealed record QuantizeOptions
{
    /// <summary>What the layers' matrices become.</summary>
    public required WeightFormat Format { get; init; }

    /// <summary>Takes a line of progress.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>Most bytes of the tensors of a file.</summary>
    public long LargestShard { get; init; } = ShardPlan.LargestShard;

    /// <summary>Bytes free on the disk of a folder; null: as the system says.</summary>
    internal Func<string, long>? FreeSpace { get; init; }
}

/// <summary>What became of a model.</summary>
/// <param name="Before">Bytes of its tensors.</param>
/// <param name="After">Bytes of the tensors that were written.</param>
/// <param name="Quantised">Matrices that are integers now.</param>
/// <param name="Floats">Matrices that stayed floats.</param>
/// <param name="Vectors">Norms and biases, all floats.</param>
/// <param name="Error">‖w - w'‖ / ‖w‖, the mean over the matrices.</param>
public sealed record QuantizeSummary(long Before, long After, int Quantised, IReadOnlyList<string> Floats, int Vectors, double Error);
