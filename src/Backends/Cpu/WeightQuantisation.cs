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
    /// <summary>Packs floating-point rows (<see cref="GroupRounding"/>).</summary>
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
            {
                int at = g * format.Group;
                GroupRounding.Round(row.AsSpan(at, format.Group), format, ElementType.Float16, values.AsSpan(at, format.Group), out scales[g], out float zero);
                if (format.HasZeros)
                    zeros[g] = zero;
            }
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
}
