namespace KernelDsl.Runtime.Model;

/// <summary>One tensor of a GGUF file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TypeNumber">Element type as the file numbers it.</param>
/// <param name="Layout">How its rows lie in memory.</param>
/// <param name="Shape">Dimensions, outermost first as in safetensors: the file has them the other way round. None for a scalar.</param>
/// <param name="Offset">First byte, from the beginning of the file.</param>
/// <param name="Bytes">Size in bytes.</param>
public sealed record GgufTensor(string Name, uint TypeNumber, GgufLayout Layout, ReadOnlyMemory<long> Shape, long Offset, long Bytes)
{
    /// <summary>The element type as weights are loaded, or null where this type is not.</summary>
    public GgufType? Type => Enum.IsDefined((GgufType)TypeNumber) ? (GgufType)TypeNumber : null;

    /// <summary>Elements of a row: the innermost dimension.</summary>
    public long RowLength => Shape.IsEmpty ? 1 : Shape.Span[^1];

    /// <summary>Bytes of a row.</summary>
    public long RowBytes => Layout.RowBytes(RowLength);

    /// <summary>Whether the shape is exactly this.</summary>
    public bool HasShape(params ReadOnlySpan<int> shape)
    {
        if (shape.Length != Shape.Length) return false;
        for (int i = 0; i < shape.Length; i++)
            if (Shape.Span[i] != shape[i]) return false;
        return true;
    }
}
