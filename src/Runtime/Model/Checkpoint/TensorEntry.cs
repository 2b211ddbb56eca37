namespace KernelDsl.Runtime.Model;

/// <summary>One tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">Element type as the file spells it: BF16, F16, F32, I64 and so on.</param>
/// <param name="Shape">Dimensions; none for a scalar.</param>
/// <param name="Offset">First byte, from the beginning of the file.</param>
/// <param name="Bytes">Size in bytes.</param>
public sealed record TensorEntry(string Name, string DType, ReadOnlyMemory<ulong> Shape, long Offset, long Bytes)
{
    /// <summary>The element type as weights are used, or null where this dtype is not one.</summary>
    public ElementType? Element => DType switch
    {
        "BF16" => ElementType.BFloat16,
        "F16" => ElementType.Float16,
        "F32" => ElementType.Float32,
        _ => null,
    };

    /// <summary>Whether the shape is exactly this.</summary>
    public bool HasShape(params ReadOnlySpan<int> shape)
    {
        if (shape.Length != Shape.Length) return false;
        for (int i = 0; i < shape.Length; i++)
            if (Shape.Span[i] != (ulong)shape[i]) return false;
        return true;
    }
}
