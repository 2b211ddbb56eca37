using KernelDsl.Backends.Cpu;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Runtime;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>Matrices of parts in different formats: one format, and every number as its part has it.</summary>
public sealed unsafe class CommonFormatTests
{
    private const int Inputs = 256;

    private static readonly WeightFormat Int8Zeros = new(WeightEncoding.Int8, 32, true);

    public static TheoryData<string> Mixes => [.. Formats.Keys];

    private static readonly Dictionary<string, (WeightFormat?[] Parts, WeightFormat Common)> Formats = new()
    {
        ["int8 and int4"] = ([WeightFormat.Int8(), WeightFormat.Int4()], WeightFormat.Int8()),
        ["int4 and int8"] = ([WeightFormat.Int4(), WeightFormat.Int8(), WeightFormat.Int4()], WeightFormat.Int8()),
        ["groups of 128, 32 and 64"] = ([WeightFormat.Int4(128), WeightFormat.Int4(), WeightFormat.Int4(64)], WeightFormat.Int4()),
        ["groups of 128 and 64, int8 and int4"] = ([WeightFormat.Int8(128), WeightFormat.Int4(64)], WeightFormat.Int8(64)),
        ["whole rows"] = ([WeightFormat.Int8(Inputs), WeightFormat.Int4(Inputs)], WeightFormat.Int8(128)),
        ["zero points in one, int4"] = ([WeightFormat.Int4(64, hasZeros: true), WeightFormat.Int4()], WeightFormat.Int4(hasZeros: true)),
        ["zero points in the last, int8"] = ([WeightFormat.Int8(), WeightFormat.Int8(64), Int8Zeros], Int8Zeros),
        ["int8, and int4 with zero points"] = ([WeightFormat.Int8(128), WeightFormat.Int4(64, hasZeros: true)], new(WeightEncoding.Int8, 64, true)),
        ["int8 with zero points, and int4"] = ([Int8Zeros, WeightFormat.Int4(128)], Int8Zeros),
        ["a part of floats"] = ([WeightFormat.Int8(), null, WeightFormat.Int4()], WeightFormat.BFloat16),
        ["floats first"] = ([null, WeightFormat.Int4(hasZeros: true)], WeightFormat.BFloat16),
    };

    [Theory]
    [MemberData(nameof(Mixes))]
    public void Pack_MixedParts_KeepsEveryNumber(string mix)
    {
        var (formats, common) = Formats[mix];
        var random = new Random(3);
        // Not all parts are whole panels, as keys of a small model are not.
        var parts = formats.Select((f, i) => f is { } format ? (StoredTensor)new Integers(format, 8 + 24 * i, random) : new Floats(8 + 24 * i, random)).ToArray();
        var plan = MatrixPlan.Of("mixed", parts, WeightFormat.Int4());
        Assert.Equal(common, plan.Format);

        using var backend = new CpuBackend(threads: 1);
        using var buffer = backend.Allocate(plan.Bytes(backend), plan.Name);
        new WeightPacker(backend).Pack(new(buffer, 0, plan.Outputs, plan.Inputs, plan.Format), parts);
        int row = 0;
        foreach (var part in parts)
        {
            var expected = new float[part.Rows * Inputs];
            part.Read(0, part.Rows, expected);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(plan.Format.IsQuantised ? expected[i] : (float)(BFloat16)expected[i], Element(buffer, plan.Format, row + i / Inputs, i % Inputs));
            row += part.Rows;
        }
    }

    [Fact]
    public void Of_GroupsWithoutACommonLength_ShareADivisor()
    {
        // 96 and 128: 32. Rows of 40 inputs have no groups at all.
        Assert.Equal(WeightFormat.Int4(), CommonFormat.Of(new Integers(WeightFormat.Int4(96), 4, new(1), 384), new Integers(WeightFormat.Int4(128), 4, new(1), 384)));
        Assert.Equal(WeightFormat.BFloat16, MatrixPlan.Of("floats", [new Floats(4, new(1), 40)], WeightFormat.Int8()).Format);
    }

    private static float Element(DeviceBuffer buffer, WeightFormat format, int output, int input) => format.IsQuantised
        ? QuantisedPanels.Load((byte*)buffer.Address, Inputs, format, output, input)
        : (float)new BFloat16(((ushort*)buffer.Address)[Panels.WeightOffset(Inputs, output, input)]);

    /// <summary>Random integers over all of their range.</summary>
    private sealed class Integers : IntegerTensor
    {
        private readonly sbyte[] _values;
        private readonly float[] _scales, _zeros;

        public Integers(WeightFormat format, int rows, Random random, int columns = Inputs)
            : base(rows, columns, format)
        {
            var (least, most) = (format.Encoding, format.HasZeros) switch { (WeightEncoding.Int4, _) => (0, 15), (_, true) => (-128, 127), _ => (-127, 127) };
            _values = [.. Enumerable.Range(0, rows * columns).Select(_ => (sbyte)random.Next(least, most + 1))];
            _scales = [.. Enumerable.Range(0, rows * Groups).Select(_ => (float)(Half)(random.NextSingle() - 0.5f))];
            _zeros = format.HasZeros ? [.. _scales.Select(_ => (float)random.Next(least, most + 1))] : [];
        }

        public override void Read(int row, int count, Span<sbyte> values, Span<float> scales, Span<float> zeros)
        {
            _values.AsSpan(row * Columns, count * Columns).CopyTo(values);
            _scales.AsSpan(row * Groups, count * Groups).CopyTo(scales);
            if (Format.HasZeros) _zeros.AsSpan(row * Groups, count * Groups).CopyTo(zeros);
        }

        public override void Drop(int row, int count)
        {
        }
    }

    private sealed class Floats(int rows, Random random, int columns = Inputs) : FloatTensor(rows, columns, ElementType.Float32)
    {
        private readonly float[] _values = [.. Enumerable.Range(0, rows * columns).Select(_ => random.NextSingle() - 0.5f)];

        public override ReadOnlySpan<byte> Read(int row, int count) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(_values.AsSpan(row * Columns, count * Columns));

        public override void Drop(int row, int count)
        {
        }
    }
}
