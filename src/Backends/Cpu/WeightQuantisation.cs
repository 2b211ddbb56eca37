using System.Runtime.InteropServices;
using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Backends.Cpu;

/// <summary>
/// Packs rows into panels of integers (<see cref="QuantisedPanels"/>), from integers or from floats, which are rounded to nearest. Rows go
/// to lanes of their panel alone, so ranges of rows may be packed in any order and by several threads.
/// </summary>
internal static unsafe class WeightQuantisation
{
    /// <summary>Packs floating-point rows: symmetric, the scale takes a group's largest magnitude to the end of the range.</summary>
    public static void Pack(byte* packed, WeightFormat format, int inputs, int firstRow, int rows, ReadOnlySpan<byte> source, ElementType element)
    {
        int groups = inputs / format.Group;
        var row = new float[inputs];
        var values = new sbyte[inputs];
        float[] scales = new float[groups], zeros = new float[format.HasZeros ? groups : 0];
        for (int r = 0; r < rows; r++)
        {
            Elements.ToFloat(source.Slice(checked(r * inputs * element.Size()), inputs * element.Size()), element, row);
            for (int g = 0; g < groups; g++)
                Round(row.AsSpan(g * format.Group, format.Group), format, values.AsSpan(g * format.Group, format.Group), out scales[g], zeros.AsSpan(format.HasZeros ? g : 0));
            Pack(packed, format, inputs, firstRow + r, 1, new QuantisedRows(values, scales, zeros));
        }
    }

    /// <summary>Packs rows of integers.</summary>
    public static void Pack(byte* packed, WeightFormat format, int inputs, int firstRow, int rows, QuantisedRows source)
    {
        int groups = inputs / format.Group;
        for (int r = 0; r < rows; r++)
        {
            int output = firstRow + r, lane = output % Panels.Width;
            for (int g = 0; g < groups; g++)
            {
                byte* group = QuantisedPanels.Group(packed, inputs, format, output, g * format.Group);
                var numbers = (Half*)group;
                numbers[lane] = (Half)source.Scales[(r * groups) + g];
                if (format.HasZeros)
                    numbers[Panels.Width + lane] = (Half)source.Zeros[(r * groups) + g];
                uint* dwords = (uint*)(group + QuantisedPanels.HeaderBytes(format)) + lane;
                var values = MemoryMarshal.Cast<sbyte, uint>(source.Values.Slice((r * inputs) + (g * format.Group), format.Group));
                if (format.Encoding == WeightEncoding.Int8)
                    PackBytes(values, dwords);
                else
                    PackNibbles(values, dwords);
            }
        }
    }

    // Dwords of four inputs, an output's 16 apart (QuantisedPanels): bytes as they are, of int4 a block's halves over one another.
    private static void PackBytes(ReadOnlySpan<uint> values, uint* dwords)
    {
        for (int i = 0; i < values.Length; i++)
            dwords[i * Panels.Width] = values[i];
    }

    private static void PackNibbles(ReadOnlySpan<uint> values, uint* dwords)
    {
        const int Half = WeightFormat.Block / 8;
        const uint Nibbles = 0x0f0f0f0f;
        for (int block = 0; block < values.Length; block += 2 * Half)
            for (int i = 0; i < Half; i++, dwords += Panels.Width)
                *dwords = (values[block + i] & Nibbles) | ((values[block + Half + i] & Nibbles) << 4);
    }

    private static void Round(ReadOnlySpan<float> group, WeightFormat format, Span<sbyte> values, out float scale, Span<float> zero)
    {
        bool int8 = format.Encoding == WeightEncoding.Int8;
        float least = 0, most = 0;
        foreach (float v in group)
            (least, most) = (Math.Min(least, v), Math.Max(most, v));
        float offset;
        if (format.HasZeros)
        {
            var (low, high) = int8 ? (-128, 127) : (0, 15);
            scale = Stored((most - least) / (high - low));
            offset = zero[0] = scale == 0 ? 0 : MathF.Round(low - (least / scale));
            Round(group, scale, offset, low, high, values);
        }
        else if (int8)
        {
            scale = Stored(Math.Max(most, -least) / 127);
            Round(group, scale, 0, -127, 127, values);
        }
        else
        {
            // The end of the range that reaches further, -8, goes to the larger side.
            scale = Stored((most > -least ? -most : -least) / 8);
            Round(group, scale, 8, 0, 15, values);
        }
    }

    private static void Round(ReadOnlySpan<float> group, float scale, float offset, int low, int high, Span<sbyte> values)
    {
        for (int i = 0; i < group.Length; i++)
            values[i] = (sbyte)Math.Clamp(scale == 0 ? offset : MathF.Round((group[i] / scale) + offset), low, high);
    }

    /// <summary>A scale as it will be read.</summary>
    private static float Stored(float scale) => (float)(Half)scale;
}
