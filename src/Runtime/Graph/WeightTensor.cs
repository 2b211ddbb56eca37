namespace KernelDsl.Runtime.Graph;

/// <summary>A packed weight as a graph's argument.</summary>
/// <param name="weight">Where it lies.</param>
/// <param name="activations">What is multiplied by its integers.</param>
public sealed class WeightTensor(PackedWeight weight, ActivationFormat activations = ActivationFormat.Int8) : GraphValue
{
    /// <summary>Where it lies.</summary>
    public PackedWeight Weight { get; } = weight;

    internal unsafe KernelArgument Bind() =>
        KernelArgument.OfView((byte*)Weight.Buffer.Address + Weight.Offset, Weight.Outputs, Weight.Inputs) with { Format = Weight.Format, Activations = activations };

    /// <inheritdoc/>
    public override string ToString() => $"[{Weight.Outputs}, {Weight.Inputs}] packed as {Weight.Format}";
}
