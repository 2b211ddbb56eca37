namespace KernelDsl;

/// <summary>Storage type of a tensor's elements. Arithmetic is always float (docs/language.md).</summary>
public enum ElementType : byte
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>The upper half of a binary32; see <see cref="BFloat16"/>.</summary>
    BFloat16,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,

    /// <summary>Signed 32-bit integer.</summary>
    Int32,
}

/// <summary>Sizes and names of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one element.</summary>
    public static int Size(this ElementType element) => element is ElementType.BFloat16 or ElementType.Float16 ? 2 : 4;

    /// <summary>The IR's and the checkpoint formats' short name: f32, bf16, f16, i32.</summary>
    public static string ShortName(this ElementType element) => element switch
    {
        ElementType.Float32 => "f32",
        ElementType.BFloat16 => "bf16",
        ElementType.Float16 => "f16",
        _ => "i32",
    };
}
