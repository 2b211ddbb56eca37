using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KernelDsl.Backends.Cpu.Device;

namespace KernelDsl.Backends.Cpu;

/// <summary>
/// Packs rows of a checkpoint's [outputs, inputs] matrix into panels (<see cref="Panels"/>). Rows go to lanes of their panel alone, so
/// ranges of rows may be packed in any order and by several threads.
/// </summary>
internal static unsafe class WeightPacking
{
    // 16 rows by 256 inputs: what is read and what is written stay in the first-level cache.
    private const int Step = 256;

    /// <summary>Bytes of a packed weight: outputs and inputs rounded up to whole panels and pairs.</summary>
    public static long Bytes(int outputs, int inputs) =>
        (long)((outputs + Panels.Width - 1) / Panels.Width) * Panels.Elements(inputs) * sizeof(ushort);

    /// <summary>Packs <paramref name="rows"/> rows of <paramref name="source"/> as outputs from <paramref name="firstRow"/> on.</summary>
    public static void Pack(ushort* panels, int inputs, int firstRow, int rows, ReadOnlySpan<byte> source, ElementType element)
    {
        ushort* row = stackalloc ushort[Step];
        for (int group = firstRow; group < firstRow + rows;)
        {
            int end = Math.Min((group | (Panels.Width - 1)) + 1, firstRow + rows);
            for (int k = 0; k < inputs; k += Step)
            {
                int count = Math.Min(Step, inputs - k);
                for (int n = group; n < end; n++)
                {
                    ReadRow(source, element, ((long)(n - firstRow) * inputs) + k, count, row);
                    Scatter(row, count, panels + Panels.WeightOffset(inputs, n, k));
                }
            }

            group = end;
        }
    }

    /// <summary>Pairs of a row go 16 pairs apart; an odd last input is paired with 0.</summary>
    private static void Scatter(ushort* row, int count, ushort* lane)
    {
        uint* pairs = (uint*)row, destination = (uint*)lane;
        int whole = count / 2;
        for (int i = 0; i < whole; i++)
            destination[i * Panels.Width] = pairs[i];
        if ((count & 1) != 0)
            destination[whole * Panels.Width] = row[count - 1];
    }

    private static void ReadRow(ReadOnlySpan<byte> source, ElementType element, long first, int count, ushort* row)
    {
        // Offsets beyond 2 GiB: spans index by int, the reference does not.
        ref byte start = ref Unsafe.AddByteOffset(ref MemoryMarshal.GetReference(source), (nint)(first * element.Size()));
        fixed (byte* bytes = &start)
        {
            switch (element)
            {
                case ElementType.BFloat16:
                    Unsafe.CopyBlockUnaligned(row, bytes, (uint)count * sizeof(ushort));
                    break;
                case ElementType.Float32:
                    for (int i = 0; i < count; i++)
                        row[i] = ((BFloat16)Unsafe.ReadUnaligned<float>(bytes + (i * sizeof(float)))).Bits;
                    break;
                case ElementType.Float16:
                    for (int i = 0; i < count; i++)
                        row[i] = ((BFloat16)(float)Unsafe.ReadUnaligned<Half>(bytes + (i * sizeof(ushort)))).Bits;
                    break;
                default:
                    throw new ArgumentException($"weights are packed from f32, f16 or bf16, not from {element.ShortName()}", nameof(element));
            }
        }
    }
}
