using System.Runtime.InteropServices;
using KernelDsl.Backends.Cpu;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Backend;
using Kernels;

namespace KernelDsl.Backends.Tests.Cpu;

/// <summary>Weights of integers: packing, reading and multiplying, against arithmetic in double precision.</summary>
public sealed unsafe class QuantisedWeightTests : IDisposable
{
    private readonly CpuBackend _backend = new(2);
    private readonly Random _random = new(7);

    public static TheoryData<WeightFormat> Formats =>
    [
        WeightFormat.Int8(), WeightFormat.Int8(128), new(WeightEncoding.Int8, 64, HasZeros: true),
        WeightFormat.Int4(), WeightFormat.Int4(128), WeightFormat.Int4(32, hasZeros: true), WeightFormat.Int4(128, hasZeros: true),
    ];

    public static TheoryData<WeightFormat, ActivationFormat> Products
    {
        get
        {
            var data = new TheoryData<WeightFormat, ActivationFormat>();
            foreach (var activations in Enum.GetValues<ActivationFormat>())
                foreach (var row in Formats)
                    data.Add(row, activations);
            return data;
        }
    }

    public void Dispose() => _backend.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void PackWeight_OfIntegers_ReadsBackExactly(WeightFormat format)
    {
        const int Outputs = 37, Inputs = 384;
        var (values, scales, zeros) = Integers(format, Outputs, Inputs);
        using var buffer = Pack(format, Outputs, Inputs, values, scales, zeros);
        for (int n = 0; n < Outputs; n++)
            for (int k = 0; k < Inputs; k++)
                Assert.Equal(Value(format, Inputs, values, scales, zeros, n, k), QuantisedPanels.Load((byte*)buffer.Address, Inputs, format, n, k));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void PackWeight_OfFloats_RoundsToTheNearest(WeightFormat format)
    {
        const int Outputs = 19, Inputs = 256;
        float[] matrix = [.. Enumerable.Range(0, Outputs * Inputs).Select(_ => (float)(_random.NextDouble() * 2) - 0.7f)];
        matrix.AsSpan(0, 256).Clear();
        using var buffer = _backend.Allocate(_backend.WeightBytes(Outputs, Inputs, format), "weight");
        _backend.PackWeight(new(buffer, 0, Outputs, Inputs, format), 0, Outputs, MemoryMarshal.AsBytes(matrix.AsSpan()), ElementType.Float32);
        // Half a step of a range of at most 2.6 (1.3 with the larger side at -8, one value may miss by a whole step), and the scale's rounding.
        double step = format.Encoding == WeightEncoding.Int8 ? 2.6 / 254 : 2.6 / 15;
        for (int n = 0; n < Outputs; n++)
            for (int k = 0; k < Inputs; k++)
                Assert.InRange(Math.Abs(QuantisedPanels.Load((byte*)buffer.Address, Inputs, format, n, k) - matrix[(n * Inputs) + k]), 0, format.HasZeros || format.Encoding == WeightEncoding.Int8 ? step * 0.51 + 1e-3 : step);
        Assert.Equal(0, QuantisedPanels.Load((byte*)buffer.Address, Inputs, format, 0, 5));
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Linear_OfIntegers_IsTheSumOfItsBlocks(WeightFormat format, ActivationFormat activations)
    {
        foreach (var (rows, outputs, inputs) in new[] { (1, 16, 128), (1, 203, 1152), (2, 40, 256), (3, 33, 384), (4, 50, 128), (7, 96, 1280), (17, 130, 640), (150, 70, 384) })
        {
            var (values, scales, zeros) = Integers(format, outputs, inputs);
            using var buffer = Pack(format, outputs, inputs, values, scales, zeros);
            bf16[] x = [.. Enumerable.Range(0, rows * inputs).Select(_ => (bf16)(float)((_random.NextDouble() * 2) - 1))];
            float[] y = Multiply(format, activations, buffer, x, rows, outputs, inputs);
            for (int r = 0; r < rows; r++)
                for (int n = 0; n < outputs; n++)
                {
                    double want = 0, size = 0;
                    for (int k = 0; k < inputs; k += 32)
                    {
                        float most = Enumerable.Range(0, 32).Max(i => Math.Abs((float)x[(r * inputs) + k + i]));
                        for (int i = 0; i < 32; i++)
                        {
                            float activation = (float)x[(r * inputs) + k + i];
                            double term = (activations == ActivationFormat.Int8 ? Math.Round(activation * (127 / most)) * (most / 127) : activation) * Value(format, inputs, values, scales, zeros, n, k + i);
                            want += term;
                            size += Math.Abs(term);
                        }
                    }

                    // Float sums, of blocks or of inputs; with zero points blocks cancel.
                    Assert.True(Math.Abs(y[(r * outputs) + n] - want) <= (4e-6 * size) + 1e-5, $"{format} by {activations} {rows}x{outputs}x{inputs} [{r}, {n}]: {y[(r * outputs) + n]}, want {want}");
                }
        }
    }

    [Theory]
    [MemberData(nameof(Products))]
    public void Linear_OfIntegers_HasTheBitsOfTheRowAlone(WeightFormat format, ActivationFormat activations)
    {
        const int Rows = 150, Outputs = 83, Inputs = 1152;
        var (values, scales, zeros) = Integers(format, Outputs, Inputs);
        using var buffer = Pack(format, Outputs, Inputs, values, scales, zeros);
        bf16[] x = [.. Enumerable.Range(0, Rows * Inputs).Select(_ => (bf16)(float)((_random.NextDouble() * 2) - 1))];
        float[] all = Multiply(format, activations, buffer, x, Rows, Outputs, Inputs);
        foreach (var (first, count) in new[] { (0, 1), (149, 1), (20, 2), (31, 3), (50, 4), (77, 16), (100, 33) })
            Assert.Equal(all[(first * Outputs)..((first + count) * Outputs)], Multiply(format, activations, buffer, x[(first * Inputs)..((first + count) * Inputs)], count, Outputs, Inputs));
    }

    [Fact]
    public void WeightBytes_InputsNoWholeGroups_SaysSo() =>
        Assert.Contains("96 inputs are no whole number of groups of 64",
            Assert.Throws<ArgumentException>(() => _backend.WeightBytes(16, 96, WeightFormat.Int8(64))).Message, StringComparison.Ordinal);

    [Fact]
    public void WeightBytes_GroupThatDotsCut_SaysSo() =>
        Assert.Contains("a packed group divides 128 inputs",
            Assert.Throws<ArgumentException>(() => _backend.WeightBytes(16, 512, WeightFormat.Int8(256))).Message, StringComparison.Ordinal);

    private float[] Multiply(WeightFormat format, ActivationFormat activations, DeviceBuffer weight, bf16[] x, int rows, int outputs, int inputs)
    {
        var y = new float[rows * outputs];
        fixed (bf16* px = x)
        fixed (float* py = y)
        {
            var arguments = stackalloc KernelArgument[3];
            arguments[0] = KernelArgument.OfView(px, rows, inputs);
            arguments[1] = KernelArgument.OfView((void*)weight.Address, outputs, inputs) with { Format = format, Activations = activations };
            arguments[2] = KernelArgument.OfView(py, rows, outputs);
            var kernel = _backend.GetKernel(KernelCatalog.MatMul_LinearFloat, new Dictionary<string, int>());
            _backend.Run([new Launch(kernel, arguments)]);
        }

        return y;
    }

    private DeviceBuffer Pack(WeightFormat format, int outputs, int inputs, sbyte[] values, float[] scales, float[] zeros)
    {
        var buffer = _backend.Allocate(_backend.WeightBytes(outputs, inputs, format), "weight");
        int groups = inputs / format.Group, cut = outputs / 3;
        foreach (var (first, rows) in new[] { (cut, outputs - cut), (0, cut) })
            _backend.PackWeight(new(buffer, 0, outputs, inputs, format), first, rows, new QuantisedRows(
                values.AsSpan(first * inputs, rows * inputs), scales.AsSpan(first * groups, rows * groups), format.HasZeros ? zeros.AsSpan(first * groups, rows * groups) : []));
        return buffer;
    }

    private (sbyte[] Values, float[] Scales, float[] Zeros) Integers(WeightFormat format, int outputs, int inputs)
    {
        int groups = outputs * inputs / format.Group;
        var (low, high) = format switch { { Encoding: WeightEncoding.Int4 } => (0, 15), { HasZeros: true } => (-128, 127), _ => (-127, 127) };
        return (
            [.. Enumerable.Range(0, outputs * inputs).Select(_ => (sbyte)_random.Next(low, high + 1))],
            [.. Enumerable.Range(0, groups).Select(_ => (float)(Half)((_random.NextDouble() + 0.1) * 0.01))],
            [.. Enumerable.Range(0, groups).Select(_ => (float)_random.Next(low, high + 1))]);
    }

    private static float Value(WeightFormat format, int inputs, sbyte[] values, float[] scales, float[] zeros, int output, int input)
    {
        int group = ((output * inputs) + input) / format.Group;
        float zero = format.HasZeros ? zeros[group] : format.Encoding == WeightEncoding.Int4 ? 8 : 0;
        return scales[group] * (values[(output * inputs) + input] - zero);
    }
}
