namespace KernelDsl.Runtime.Model;

/// <summary>What became of a model.</summary>
/// <param name="Before">Bytes of its tensors.</param>
/// <param name="After">Bytes of the tensors that were written.</param>
/// <param name="Quantised">Matrices that are integers now.</param>
/// <param name="Floats">Matrices that stayed floats.</param>
/// <param name="Vectors">Norms and biases, all floats.</param>
/// <param name="Error">‖w - w'‖ / ‖w‖, the mean over the matrices; of scaled weights where they were scaled.</param>
/// <param name="OutputError">The same of the matrices' outputs on the text of calibration, without and with scales; null without a text.</param>
public sealed record QuantizeSummary(
    long Before, long After, int Quantised, IReadOnlyList<string> Floats, int Vectors, double Error, (double Plain, double Scaled)? OutputError);
