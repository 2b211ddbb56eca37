using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Activations in the elements that dots read, made once per launch instead of by each of its programs: floats, or integers in blocks.
/// One row's result depends on that row alone. Programs of a pool, like those of kernels.
/// </summary>
public static unsafe class PreparedRows
{
    /// <summary>Columns that a program prepares; whole blocks.</summary>
    public const int Columns = 4096;

    /// <summary>Bytes for rows of a view.</summary>
    public static long Bytes(int rows, int columns, bool blocks) =>
        blocks ? (long)rows * (columns / WeightFormat.Block) * ActivationBlock.Bytes : (long)rows * columns * sizeof(float);

    /// <summary>args[0], a bf16 view, to floats at args[0].Prepared: row x, the y-th piece of columns.</summary>
    public static void Floats(KernelArgument* args, float* scratch, int x, int y, int z)
    {
        int column = y * Columns;
        Widen((ushort*)args->Data + (x * (nint)args->Stride0) + column, Math.Min(Columns, args->Dim1 - column), (float*)args->Prepared + (x * (nint)args->Dim1) + column);
    }

    /// <summary>The same to blocks of integers.</summary>
    public static void Blocks(KernelArgument* args, float* scratch, int x, int y, int z)
    {
        int column = y * Columns;
        var blocks = (ActivationBlock*)args->Prepared + (((x * (nint)args->Dim1) + column) / WeightFormat.Block);
        ActivationBlocks.Quantise((ushort*)args->Data + (x * (nint)args->Stride0) + column, Math.Min(Columns, args->Dim1 - column), blocks);
    }

    /// <summary>A row of bf16 as floats.</summary>
    public static void Widen(ushort* row, int columns, float* result)
    {
        int i = 0;
        for (; i <= columns - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Create(Vector128.WidenLower(Vector128.Load(row + i)), Vector128.WidenUpper(Vector128.Load(row + i))) << 16).AsSingle().Store(result + i);
        for (; i < columns; i++)
            result[i] = BitConverter.UInt32BitsToSingle((uint)row[i] << 16);
    }
}
