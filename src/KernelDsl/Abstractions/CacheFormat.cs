namespace KernelDsl;

/// <summary>How a <c>Paged</c> cache is stored. A kernel reads and writes bf16 whatever it is.</summary>
public enum CacheFormat
{
    /// <summary>What kernels write.</summary>
    BFloat16,

    /// <summary>Each vector (the lanes of one position and head) as integers with a scale: <see cref="Int8Vector"/>.</summary>
    Int8,
}

/// <summary>Names of <see cref="CacheFormat"/>.</summary>
public static class CacheFormats
{
    /// <summary>What kernels read, whatever is stored.</summary>
    public const ElementType ReadsAs = ElementType.BFloat16;

    /// <summary>bf16 or int8.</summary>
    public static string ShortName(this CacheFormat format) => format == CacheFormat.Int8 ? "int8" : "bf16";
}
