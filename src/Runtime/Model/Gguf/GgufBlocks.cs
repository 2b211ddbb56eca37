namespace KernelDsl.Runtime.Model;

/// <summary>
/// The numbers in rows of ggml's types. A quantised row is integers in groups: value = scale[group] · q - minimum[group].
/// <see cref="Split"/> gives exactly these; <see cref="Dequantize"/> does the arithmetic in float32, as ggml does.
/// </summary>
public static class GgufBlocks
{
    private const int LargestBlock = 256, MostGroups = 16;

    /// <summary>Whether a type is integers with scales, so that <see cref="Split"/> takes it.</summary>
    public static bool IsQuantised(GgufType type) => type is not (GgufType.F32 or GgufType.F16 or GgufType.BF16);

    /// <summary>The elements of a type that is not quantised.</summary>
    /// <exception cref="ArgumentException">The type has scales.</exception>
    public static ElementType ElementOf(GgufType type) => type switch
    {
        GgufType.F16 => ElementType.Float16,
        GgufType.BF16 => ElementType.BFloat16,
        GgufType.F32 => ElementType.Float32,
        _ => throw new ArgumentException($"{type} is a quantised type", nameof(type)),
    };

    /// <summary>Elements that share a scale and a minimum.</summary>
    /// <exception cref="ArgumentException">The type has no scales.</exception>
    public static int GroupSize(GgufType type) => type == GgufType.Q6_K ? 16 : IsQuantised(type) ? 32 : throw NotQuantised(type);

    /// <summary>Whether groups have a minimum; where not, q is signed and the minimum is 0.</summary>
    /// <exception cref="ArgumentException">The type has no scales.</exception>
    public static bool HasMinimum(GgufType type) =>
        IsQuantised(type) ? type is GgufType.Q4_1 or GgufType.Q5_1 or GgufType.Q4_K or GgufType.Q5_K : throw NotQuantised(type);

    /// <summary>The least and the largest q that a type can hold.</summary>
    /// <exception cref="ArgumentException">The type has no scales.</exception>
    public static (int Least, int Most) Range(GgufType type) => type switch
    {
        GgufType.Q4_0 => (-8, 7),
        GgufType.Q5_0 => (-16, 15),
        GgufType.Q8_0 => (-128, 127),
        GgufType.Q4_1 or GgufType.Q4_K => (0, 15),
        GgufType.Q5_1 or GgufType.Q5_K => (0, 31),
        GgufType.Q6_K => (-32, 31),
        _ => throw NotQuantised(type),
    };

    /// <summary>Integers, scales and minima of whole blocks, in the order of the row; a row is value = scale · q - minimum, group by group.</summary>
    /// <param name="type">A quantised type.</param>
    /// <param name="blocks">Whole blocks, at any address.</param>
    /// <param name="q">An integer per element.</param>
    /// <param name="scales">A scale per group of <see cref="GroupSize"/>.</param>
    /// <param name="minima">A minimum per group; may be empty where the type has none, else it is cleared.</param>
    /// <exception cref="ArgumentException">The type has no scales, or a length does not fit.</exception>
    public static void Split(GgufType type, ReadOnlySpan<byte> blocks, Span<sbyte> q, Span<float> scales, Span<float> minima)
    {
        int group = GroupSize(type);
        int count = BlockCount(type, blocks.Length, q.Length);
        int groups = q.Length / group;
        Check(scales.Length == groups, nameof(scales), scales.Length, groups);
        bool hasMinimum = HasMinimum(type);
        Check(minima.Length == groups || (!hasMinimum && minima.IsEmpty), nameof(minima), minima.Length, groups);
        if (!hasMinimum) minima.Clear();

        var (blockSize, blockBytes) = (type.Layout().BlockSize, type.Layout().BlockBytes);
        int blockGroups = blockSize / group;
        for (int i = 0; i < count; i++)
        {
            var block = blocks.Slice(i * blockBytes, blockBytes);
            var blockQ = q.Slice(i * blockSize, blockSize);
            var blockScales = scales.Slice(i * blockGroups, blockGroups);
            var blockMinima = hasMinimum ? minima.Slice(i * blockGroups, blockGroups) : default;
            switch (type)
            {
                case GgufType.Q4_0 or GgufType.Q4_1 or GgufType.Q5_0 or GgufType.Q5_1 or GgufType.Q8_0:
                    GgufSmallBlocks.Split(type, block, blockQ, out blockScales[0], blockMinima);
                    break;
                case GgufType.Q4_K or GgufType.Q5_K:
                    GgufSuperBlocks.SplitWithMinima(type, block, blockQ, blockScales, blockMinima);
                    break;
                default:
                    GgufSuperBlocks.SplitQ6(block, blockQ, blockScales);
                    break;
            }
        }
    }

    /// <summary>Values of whole blocks (of elements, for the types that have no blocks).</summary>
    /// <param name="type">Any type that is loaded.</param>
    /// <param name="blocks">Whole blocks, at any address.</param>
    /// <param name="values">A value per element.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static void Dequantize(GgufType type, ReadOnlySpan<byte> blocks, Span<float> values)
    {
        int count = BlockCount(type, blocks.Length, values.Length);
        if (!IsQuantised(type))
        {
            Elements.ToFloat(blocks, ElementOf(type), values);
            return;
        }

        var layout = type.Layout();
        int group = GroupSize(type);
        Span<sbyte> q = stackalloc sbyte[LargestBlock];
        Span<float> scales = stackalloc float[MostGroups], minima = stackalloc float[MostGroups];
        q = q[..layout.BlockSize];
        scales = scales[..(layout.BlockSize / group)];
        minima = minima[..scales.Length];
        for (int i = 0; i < count; i++)
        {
            Split(type, blocks.Slice(i * layout.BlockBytes, layout.BlockBytes), q, scales, minima);
            var block = values.Slice(i * layout.BlockSize, layout.BlockSize);
            for (int g = 0; g < scales.Length; g++)
                for (int e = g * group; e < (g + 1) * group; e++) block[e] = scales[g] * q[e] - minima[g];
        }
    }

    private static int BlockCount(GgufType type, int bytes, int elements)
    {
        if (!Enum.IsDefined(type)) throw new ArgumentException($"{type} is not a type that is loaded; those are {GgufTypes.Loadable}", nameof(type));
        var layout = type.Layout();
        if (elements % layout.BlockSize != 0) throw new ArgumentException($"{elements} elements are no whole {type} blocks of {layout.BlockSize}");
        Check(bytes == layout.RowBytes(elements), "blocks", bytes, layout.RowBytes(elements));
        return elements / layout.BlockSize;
    }

    private static void Check(bool holds, string name, int length, long allowed)
    {
        if (!holds) throw new ArgumentException($"{name} has length {length}; it must be {allowed}", name);
    }

    private static ArgumentException NotQuantised(GgufType type) => new($"{type} is not a quantised type", nameof(type));
}
