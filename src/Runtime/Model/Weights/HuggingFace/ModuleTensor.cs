using System.Buffers.Binary;

namespace KernelDsl.Runtime.Model;

/// <summary>One of the tensors that a quantised matrix is made of.</summary>
/// <param name="File">Its file.</param>
/// <param name="Entry">Its place.</param>
readonly record struct ModuleTensor(SafeTensorsFile File, TensorEntry Entry)
{
    /// <summary>Columns of its rows.</summary>
    public int Columns => (int)Entry.Shape.Span[^1];

    /// <summary>Bytes of some elements of a row.</summary>
    public ReadOnlySpan<byte> Row(int row, int first, int count, int elementBytes) =>
        File.Read(Entry, ((long)row * Columns + first) * elementBytes, count * elementBytes);

    /// <summary>One word.</summary>
    public int Word(int row, int column) => BinaryPrimitives.ReadInt32LittleEndian(Row(row, column, 1, sizeof(int)));

    /// <summary>Lets all of it go.</summary>
    public void Drop() => File.Drop(Entry, 0, Entry.Bytes);
}
