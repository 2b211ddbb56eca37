using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Quantization;

/// <summary>A matrix in memory.</summary>
sealed class MemoryTensor(float[] values, int columns) : FloatTensor(values.Length / columns, columns, ElementType.Float32)
{
    public override ReadOnlySpan<byte> Read(int row, int count) =>
        System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values.AsSpan(row * Columns, count * Columns));

    public override void Drop(int row, int count)
    {
    }
}
