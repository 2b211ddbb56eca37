namespace KernelDsl.Runtime.Model;

/// <summary>How a row of a ggml type lies in memory: blocks of so many elements in so many bytes.</summary>
/// <param name="Name">As ggml spells it.</param>
/// <param name="BlockSize">Elements of a block; 0 for types that the format no longer has.</param>
/// <param name="BlockBytes">Bytes of a block.</param>
public sealed record GgufLayout(string Name, int BlockSize, int BlockBytes)
{
    /// <summary>Bytes of a row; its length is a multiple of <see cref="BlockSize"/>.</summary>
    public long RowBytes(long elements) => elements / BlockSize * BlockBytes;
}

/// <summary>All tensor types that ggml has or had, by their number in the file, and which of them are loaded.</summary>
public static class GgufTypes
{
    private static readonly Dictionary<uint, GgufLayout> Known = new()
    {
        [0] = new("F32", 1, 4),
        [1] = new("F16", 1, 2),
        [2] = new("Q4_0", 32, 18),
        [3] = new("Q4_1", 32, 20),
        [4] = new("Q4_2", 0, 0),
        [5] = new("Q4_3", 0, 0),
        [6] = new("Q5_0", 32, 22),
        [7] = new("Q5_1", 32, 24),
        [8] = new("Q8_0", 32, 34),
        [9] = new("Q8_1", 32, 36),
        [10] = new("Q2_K", 256, 84),
        [11] = new("Q3_K", 256, 110),
        [12] = new("Q4_K", 256, 144),
        [13] = new("Q5_K", 256, 176),
        [14] = new("Q6_K", 256, 210),
        [15] = new("Q8_K", 256, 292),
        [16] = new("IQ2_XXS", 256, 66),
        [17] = new("IQ2_XS", 256, 74),
        [18] = new("IQ3_XXS", 256, 98),
        [19] = new("IQ1_S", 256, 50),
        [20] = new("IQ4_NL", 32, 18),
        [21] = new("IQ3_S", 256, 110),
        [22] = new("IQ2_S", 256, 82),
        [23] = new("IQ4_XS", 256, 136),
        [24] = new("I8", 1, 1),
        [25] = new("I16", 1, 2),
        [26] = new("I32", 1, 4),
        [27] = new("I64", 1, 8),
        [28] = new("F64", 1, 8),
        [29] = new("IQ1_M", 256, 56),
        [30] = new("BF16", 1, 2),
        [31] = new("Q4_0_4_4", 0, 0),
        [32] = new("Q4_0_4_8", 0, 0),
        [33] = new("Q4_0_8_8", 0, 0),
        [34] = new("TQ1_0", 256, 54),
        [35] = new("TQ2_0", 256, 66),
        [36] = new("IQ4_NL_4_4", 0, 0),
        [37] = new("IQ4_NL_4_8", 0, 0),
        [38] = new("IQ4_NL_8_8", 0, 0),
        [39] = new("MXFP4", 32, 17),
        [40] = new("NVFP4", 64, 36),
        [41] = new("Q1_0", 128, 18),
        [42] = new("Q2_0", 64, 18),
    };

    /// <summary>The loaded types as messages list them.</summary>
    public static string Loadable { get; } = string.Join(", ", Enum.GetNames<GgufType>());

    /// <summary>The layout of a type by its number; null for a number that ggml does not use.</summary>
    public static GgufLayout? Find(uint number) => Known.GetValueOrDefault(number);

    /// <summary>The layout of a type that is loaded.</summary>
    public static GgufLayout Layout(this GgufType type) => Known[(uint)type];
}
