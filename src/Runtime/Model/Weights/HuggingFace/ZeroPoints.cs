using System.Buffers.Binary;

namespace KernelDsl.Runtime.Model;

/// <summary>The zero points of a matrix as unsigned integers of its width.</summary>
/// <param name="Table">Words of several, packed along outputs; or signed bytes.</param>
/// <param name="Bits">Bits of one.</param>
/// <param name="OutputsFirst">Whether rows are outputs, not groups.</param>
/// <param name="Offset">What is added to a stored one.</param>
/// <param name="Order">Position in its word of each of a run of outputs.</param>
readonly record struct ZeroPoints(ModuleTensor Table, int Bits, bool OutputsFirst, int Offset, int[] Order)
{
    /// <summary>One of them.</summary>
    public int At(int output, int group)
    {
        if (Table.Entry.DType == "I8") return (sbyte)Table.Row(output, group, 1, 1)[0] + (1 << (Bits - 1));
        int packed = output / Order.Length, shift = Order[output % Order.Length] * Bits;
        int word = OutputsFirst ? Table.Word(packed, group) : Table.Word(group, packed);
        return (word >> shift & ((1 << Bits) - 1)) + Offset;
    }

    /// <summary>Whether all are the middle of the range, so that the matrix needs none.</summary>
    public bool AreCentred()
    {
        bool bytes = Table.Entry.DType == "I8";
        int middle = bytes ? 0 : (1 << (Bits - 1)) - Offset;
        uint all = bytes ? 0 : (uint)middle * (Bits == 4 ? 0x11111111u : 0x01010101u);
        for (int row = 0; row < (int)Table.Entry.Shape.Span[0]; row++)
        {
            var words = Table.Row(row, 0, Table.Columns, bytes ? 1 : sizeof(int));
            if (bytes)
            {
                if (words.ContainsAnyExcept((byte)0)) return false;
                continue;
            }
            for (int i = 0; i < words.Length; i += sizeof(uint))
                if (BinaryPrimitives.ReadUInt32LittleEndian(words[i..]) != all) return false;
        }
        return true;
    }
}
