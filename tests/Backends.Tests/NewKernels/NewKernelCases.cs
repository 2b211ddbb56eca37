using KernelDsl.Backends.Tests.Harness;

namespace KernelDsl.Backends.Tests.NewKernels;

/// <summary>
/// Kernels that the product does not have, compiled in this project by the same generator: nothing in a back end may know a kernel by
/// name. They run through the same suite.
/// </summary>
public sealed class NewKernelCases : ICaseSource
{
    private static readonly (int Rows, int Cols)[] _shapes = [(1, 1), (3, 70), (5, 256), (17, 300)];

    /// <summary>What a graph would know of them.</summary>
    public static IReadOnlyList<KernelInfo> Kernels { get; } =
    [
        Info("LayerNormalisation.LayerNorm", [In("x", 2), In("weight", 1), In("bias", 1), Out("y", 2), Scalar("eps")]),
        Info("RowSoftmax.Softmax", [In("x", 2, ElementType.Float32), Out("y", 2, ElementType.Float32)]),
        Info("Activation.Gelu", [In("x", 2), Out("y", 2)]),
        Info("Activation.GeGlu", [In("gateUp", 2), Out("y", 2)]),
        Info("Dropout.AddDropped", [In("x", 2), In("kept", 2, ElementType.Int32), new("residual", ParameterKind.InOut, ElementType.BFloat16, 2, true, true), Scalar("rate")]),
        Info(
            "SlidingWindow.Attend",
            [
                In("q", 2), In("k", 2), In("v", 2), In("bias", 1, ElementType.Float32), Out("o", 2),
                new("window", ParameterKind.Int, ElementType.Int32, 0, true, false), Scalar("scale"),
            ],
            new KernelConstant("D", [16, 64])),
    ];

    /// <inheritdoc/>
    public IEnumerable<KernelCase> Cases() => [.. _shapes.SelectMany(static s => Elementwise(s.Rows, s.Cols)), .. Attention()];

    private static IEnumerable<KernelCase> Elementwise(int rows, int cols)
    {
        string shape = $"{rows}x{cols}";
        int[] dims = [rows, cols];
        yield return new(
            Of("LayerNormalisation.LayerNorm"), shape, Tolerance.BFloat16(1e-4), Consts.None,
            d => [d.BFloat16(dims, 3), d.BFloat16([cols]), d.BFloat16([cols]), CaseData.OutBFloat16(dims), new FloatArg(1e-5f)],
            static (a, b) => LayerNormalisation.LayerNorm(a.BFloat16(0), a.BFloat16(1), a.BFloat16(2), a.BFloat16(3), a.Float(4), b.BM, b.BK));

        // exp of a score of up to 20 in float: its argument's ulp, 2^-19, is the relative error.
        yield return new(
            Of("RowSoftmax.Softmax"), shape, new(2e-5, 1e-30), Consts.None,
            d => [d.Float(dims, 10), CaseData.OutFloat(dims)],
            static (a, b) => RowSoftmax.Softmax(a.Floats(0), a.Floats(1), b.BM, b.BN));

        // 1 + tanh cancels for negative x: an ulp of 1 is left, times x/2.
        yield return new(
            Of("Activation.Gelu"), shape, Tolerance.BFloat16(1e-6), Consts.None,
            d => [d.BFloat16(dims, 0, 6), CaseData.OutBFloat16(dims, 5)],
            static (a, b) => Activation.Gelu(a.BFloat16(0), a.BFloat16(1), b.BM, b.BN));
        yield return new(
            Of("Activation.GeGlu"), shape, Tolerance.BFloat16(5e-6), Consts.None,
            d => [d.BFloat16([rows, 2 * cols], 0, 6), CaseData.OutBFloat16(dims)],
            static (a, b) => Activation.GeGlu(a.BFloat16(0), a.BFloat16(1), b.BM, b.BN));
        yield return new(
            Of("Dropout.AddDropped"), shape, Tolerance.BFloat16(1e-6), Consts.None,
            d => [d.BFloat16(dims), d.Ints(dims, 2), d.BFloat16(dims, 9), new FloatArg(0.25f)],
            static (a, b) => Dropout.AddDropped(a.BFloat16(0), a.Ints(1), a.BFloat16(2), a.Float(3), b.BM, b.BN));
    }

    private static IEnumerable<KernelCase> Attention()
    {
        foreach (var (tokens, window, lanes) in new[] { (1, 1, 16), (37, 5, 16), (70, 40, 64), (50, 1000, 64) })
            yield return new(
                Of("SlidingWindow.Attend"), $"{tokens} by {window}x{lanes}", Tolerance.BFloat16(1 / 256.0), new Dictionary<string, int> { ["D"] = lanes },
                d =>
                [
                    d.BFloat16([tokens, lanes]), d.BFloat16([tokens, lanes]), d.BFloat16([tokens, lanes]),
                    CaseData.Floats([.. Enumerable.Range(0, tokens).Select(static p => 0.1f * p)], tokens),
                    CaseData.OutBFloat16([tokens, lanes]), new IntArg(window), new FloatArg(0.25f),
                ],
                static (a, b) => SlidingWindow.Attend(
                    a.BFloat16(0), a.BFloat16(1), a.BFloat16(2), a.Floats(3), a.BFloat16(4), a.Int(5), a.Float(6), a.Constants["D"], b.BM, b.BN));
    }

    private static KernelInfo Of(string name) => Kernels.Single(k => k.Name == name);

    private static KernelInfo Info(string name, KernelParameter[] parameters, params KernelConstant[] constants) => new(name, [.. parameters], [.. constants]);

    private static KernelParameter In(string name, int rank, ElementType element = ElementType.BFloat16) => new(name, ParameterKind.In, element, rank, true, false);

    private static KernelParameter Out(string name, int rank, ElementType element = ElementType.BFloat16) => new(name, ParameterKind.Out, element, rank, false, true);

    private static KernelParameter Scalar(string name) => new(name, ParameterKind.Float, ElementType.Float32, 0, true, false);
}
