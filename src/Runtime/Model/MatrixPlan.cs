using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Model;

/// <summary>One packed matrix that is to be loaded: the rows of one or more [outputs, inputs] tensors, in order.</summary>
/// <param name="Name">The first tensor's.</param>
/// <param name="Parts">The tensors.</param>
/// <param name="Outputs">Their rows.</param>
/// <param name="Inputs">Columns of each.</param>
/// <param name="Format">How it is stored.</param>
sealed record MatrixPlan(string Name, IReadOnlyList<StoredTensor> Parts, int Outputs, int Inputs, WeightFormat Format)
{
    /// <summary>Bytes that it takes, packed.</summary>
    public long Bytes(IBackend backend) => backend.WeightBytes(Outputs, Inputs, Format);

    /// <summary>A matrix of integers keeps them in the format common to its parts; one of floats gets the wanted one, or bf16 where its rows are no whole number of groups.</summary>
    public static MatrixPlan Of(string name, StoredTensor[] parts, WeightFormat wanted)
    {
        int inputs = parts[0].Columns;
        var format = parts.Any(static p => p is IntegerTensor) ? CommonFormat.Of(parts) : wanted;
        return new(name, parts, parts.Sum(static p => p.Rows), inputs, format.FaultFor(inputs) == null ? format : WeightFormat.BFloat16);
    }
}
