using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Model;

/// <summary>How a model is quantised.</summary>
public sealed record QuantizeOptions
{
    /// <summary>What the layers' matrices become.</summary>
    public required WeightFormat Format { get; init; }

    /// <summary>A text to scale channels by; null: weights are rounded as they are.</summary>
    public CalibrationText? Calibration { get; init; }

    /// <summary>Takes a line of progress.</summary>
    public Action<string> Report { get; init; } = static _ => { };

    /// <summary>Most bytes of the tensors of a file.</summary>
    public long LargestShard { get; init; } = ShardPlan.LargestShard;

    /// <summary>Bytes free on the disk of a folder; null: as the system says.</summary>
    internal Func<string, long>? FreeSpace { get; init; }
}

/// <summary>A text that the float model reads, so that it shows which inputs are large.</summary>
/// <param name="Backend">Where it runs; stays the caller's.</param>
/// <param name="Tokens">Token ids, at least <see cref="LeastTokens"/>.</param>
public sealed record CalibrationText(IBackend Backend, IReadOnlyList<int> Tokens)
{
    /// <summary>Fewer say nothing about a channel.</summary>
    public const int LeastTokens = 32;
}
