namespace KernelDsl.Backends.Tests.Harness;

/// <summary>
/// Makes arguments in guarded memory: before, after and between the rows of every tensor lie sentinels, which are NaNs, so that reading
/// one shows in the result and writing one shows in the bits. Outputs start as sentinels too, so that a lane that is not stored shows.
/// </summary>
public sealed class CaseData(int seed)
{
    /// <summary>Elements before and after every tensor: keeps 128-byte alignment of the first element.</summary>
    public const int Guard = 64;

    private static readonly bf16 _bfloat16Sentinel = new(0x7fd5);
    private static readonly float _floatSentinel = BitConverter.UInt32BitsToSingle(0x7fd5_5aa5);
    private const sbyte IntegerSentinel = 0x55;
    private const int IntSentinel = unchecked((int)0x8bad_f00d);

    private readonly Random _random = new(seed);

    /// <summary>Uniform in [-scale, scale).</summary>
    /// <param name="padding">Sentinels after each index of the first dimension, as in a slice of a wider tensor.</param>
    public ViewArg<bf16> BFloat16(int[] dims, int padding = 0, float scale = 1) => new(Make(dims, padding, _bfloat16Sentinel, () => (bf16)Uniform(scale)));

    /// <summary>Uniform in [-scale, scale).</summary>
    public ViewArg<float> Float(int[] dims, int padding = 0, float scale = 1) => new(Make(dims, padding, _floatSentinel, () => Uniform(scale)));

    /// <summary>Given values.</summary>
    public static ViewArg<float> Floats(float[] values, params int[] dims)
    {
        int next = 0;
        return new(Make(dims, 0, _floatSentinel, () => values[next++]));
    }

    /// <summary>Given values.</summary>
    public static ViewArg<int> Ints(params int[] values)
    {
        int next = 0;
        return new(Make([values.Length], 0, IntSentinel, () => values[next++]));
    }

    /// <summary>Uniform in 0 .. limit.</summary>
    public ViewArg<int> Ints(int[] dims, int limit) => new(Make(dims, 0, IntSentinel, () => _random.Next(limit)));

    /// <summary>To be written.</summary>
    public static ViewArg<bf16> OutBFloat16(int[] dims, int padding = 0) => new(Make(dims, padding, _bfloat16Sentinel, () => _bfloat16Sentinel));

    /// <summary>To be written.</summary>
    public static ViewArg<float> OutFloat(params int[] dims) => new(Make(dims, 0, _floatSentinel, () => _floatSentinel));

    /// <summary>To be written.</summary>
    public static ViewArg<int> OutInt(params int[] dims) => new(Make(dims, 0, IntSentinel, () => IntSentinel));

    /// <summary>Uniform in [-1, 1), row-major [outputs, inputs].</summary>
    public WeightArg Weight(int outputs, int inputs) => new(BFloat16([outputs, inputs]).Tensor);

    /// <summary>Page numbers for sequences of these lengths, shuffled; pages 0 and the last are no one's.</summary>
    public HostTensor<int> PageTable(int[] lengths, int pageSize)
    {
        int perSequence = Math.Max(1, (lengths.Max() + pageSize - 1) / pageSize);
        int[] pages = [.. Enumerable.Range(1, lengths.Length * perSequence).OrderBy(_ => _random.Next())];
        return new(pages, lengths.Length, perSequence);
    }

    /// <summary>A cache of random keys or values in the first lengths[s] positions of each sequence, sentinels elsewhere.</summary>
    public PagedArg Cache(HostTensor<int> table, int[] lengths, int pageSize, int heads, int lanes, PageLayout layout, CacheFormat format = CacheFormat.BFloat16)
    {
        var pool = new HostTensor<bf16>(table.Count + 2, pageSize, heads, lanes);
        var cache = new HostCache<bf16>(pool, table, format);
        Array.Fill(cache.Integers, IntegerSentinel);
        Array.Fill(cache.Scales, _floatSentinel);
        Array.Fill(pool.Storage, format == CacheFormat.Int8 ? Int8Vector.Read(IntegerSentinel, _floatSentinel) : _bfloat16Sentinel);
        for (int s = 0; s < lengths.Length; s++)
            for (int p = 0; p < lengths[s]; p++)
                for (int h = 0; h < heads; h++)
                {
                    for (int i = 0; i < lanes; i++)
                        cache[s, p, h, i] = (bf16)Uniform(1);
                    if (format == CacheFormat.Int8)
                        cache.Round(s, p, h);
                }

        return new(cache, layout);
    }

    private float Uniform(float scale) => (float)(_random.NextDouble() * 2 - 1) * scale;

    private static HostTensor<E> Make<E>(int[] dims, int padding, E sentinel, Func<E> value)
        where E : unmanaged
    {
        var strides = new int[dims.Length];
        for (int i = dims.Length - 1, stride = 1; i >= 0; stride *= dims[i--]) strides[i] = stride;
        if (dims.Length > 1) strides[0] += padding;
        var storage = new E[2 * Guard + dims[0] * strides[0]];
        Array.Fill(storage, sentinel);
        var tensor = new HostTensor<E>(storage, Guard, dims, strides);
        foreach (int position in Positions(tensor)) storage[position] = value();
        return tensor;
    }

    /// <summary>Storage positions of a view's elements, in row-major order.</summary>
    public static IEnumerable<int> Positions<E>(HostTensor<E> tensor)
        where E : unmanaged => Positions(tensor.Offset, tensor.Dims.ToArray(), tensor.Strides.ToArray());

    /// <summary>Storage positions of a view's elements, in row-major order.</summary>
    public static IEnumerable<int> Positions(int offset, int[] dims, int[] strides) =>
        dims.Length == 0 ? [offset]
        : Enumerable.Range(0, dims[0]).SelectMany(i => Positions(offset + i * strides[0], dims[1..], strides[1..]));
}
