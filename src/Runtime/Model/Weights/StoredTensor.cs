namespace KernelDsl.Runtime.Model;

/// <summary>A tensor of a file that has been found and checked; its rows are read piece by piece, by any thread.</summary>
/// <param name="rows">Outputs; 1 for a vector.</param>
/// <param name="columns">Inputs; a vector's length.</param>
public abstract class StoredTensor(int rows, int columns)
{
    /// <summary>Outputs; 1 for a vector.</summary>
    public int Rows { get; } = rows;

    /// <summary>Inputs; a vector's length.</summary>
    public int Columns { get; } = columns;

    /// <summary>Rows as floats.</summary>
    public abstract void Read(int row, int count, Span<float> values);

    /// <summary>Lets the memory of rows go: they will not be read again soon.</summary>
    public abstract void Drop(int row, int count);

    /// <summary>Rows and columns of a shape.</summary>
    internal static (int Rows, int Columns) Extent(ReadOnlySpan<int> shape) => shape.Length == 1 ? (1, shape[0]) : (shape[0], shape[1]);
}
