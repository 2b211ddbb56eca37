namespace KernelDsl.Language.Tests;

/// <summary>Random tensors from a fixed seed, and comparison with closed forms.</summary>
internal sealed class TestData(int seed = 1)
{
    private readonly Random _random = new(seed);

    /// <summary>Uniform in [-1, 1), rounded to bf16.</summary>
    public HostTensor<bf16> BFloat16(params int[] dims) => new(Values(dims).Select(static v => (bf16)v).ToArray(), dims);

    /// <summary>Uniform in [-1, 1).</summary>
    public HostTensor<float> Float(params int[] dims) => new(Values(dims), dims);

    public static HostTensor<int> Ints(params int[] values) => new(values, values.Length);

    public int[] Permutation(int count) => [.. Enumerable.Range(0, count).OrderBy(_ => _random.Next())];

    /// <summary>Element i in row-major order, as double.</summary>
    public static double[] Doubles(HostTensor<bf16> tensor) => [.. tensor.ToArray().Select(static v => (double)(float)v)];

    /// <summary>Fails where |got - want| exceeds relative · |want| + absolute, naming the first place; NaN always fails.</summary>
    public static void Close(double[] want, double[] got, double relative, double absolute)
    {
        Assert.Equal(want.Length, got.Length);
        for (int i = 0; i < want.Length; i++)
            Assert.True(Math.Abs(got[i] - want[i]) <= relative * Math.Abs(want[i]) + absolute, $"element {i}: got {got[i]}, want {want[i]}");
    }

    /// <summary>One rounding to bf16 (half an ulp is at most 2^-8 of the value), plus the float arithmetic before it.</summary>
    public static void CloseToBFloat16(double[] want, HostTensor<bf16> got, double absolute = 1e-6) => Close(want, Doubles(got), 1 / 255.0, absolute);

    private float[] Values(int[] dims) =>
        [.. Enumerable.Range(0, dims.Aggregate(1, static (a, b) => a * b)).Select(_ => (float)(_random.NextDouble() * 2 - 1))];
}
