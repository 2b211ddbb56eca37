namespace KernelDsl.Runtime.Graph;

/// <summary>A packed weight as a graph's argument.</summary>
public sealed class WeightTensor(PackedWeight weight) : GraphValue
{
    /// <summary>Where it lies.</summary>
    public PackedWeight Weight { get; } = weight;

    internal unsafe KernelArgument Bind() =>
        KernelArgument.OfView((byte*)Weight.Buffer.Address + Weight.Offset, Weight.Outputs, Weight.Inputs) with { Format = Weight.Format };

    /// <inheritdoc/>
    public override string ToString() => $"[{Weight.Outputs}, {Weight.Inputs}] packed as {Weight.Format}";
}
