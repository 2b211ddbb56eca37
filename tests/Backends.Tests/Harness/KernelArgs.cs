namespace KernelDsl.Backends.Tests.Harness;

/// <summary>An argument of a launch on host data; targets copy it to the device and, where it is written, back.</summary>
public abstract record KernelArg;

/// <summary>A view: In, Out or InOut. The whole storage array travels, guards and row padding included.</summary>
public abstract record ViewArg : KernelArg
{
    public abstract ElementType Element { get; }

    public abstract int Offset { get; }

    public abstract int[] Dims { get; }

    public abstract int[] Strides { get; }

    /// <summary>The storage array as bytes, to read from and to write back to.</summary>
    public abstract Span<byte> Bytes { get; }

    /// <summary>Element at a storage position, as float.</summary>
    public abstract float FloatAt(int position);
}

/// <summary>A view of one element type.</summary>
public sealed record ViewArg<E>(HostTensor<E> Tensor) : ViewArg
    where E : unmanaged
{
    public override ElementType Element { get; } =
        typeof(E) == typeof(bf16) ? ElementType.BFloat16 : typeof(E) == typeof(float) ? ElementType.Float32 : typeof(E) == typeof(int) ? ElementType.Int32
        : ElementType.Float16;

    public override int Offset => Tensor.Offset;

    public override int[] Dims => Tensor.Dims.ToArray();

    public override int[] Strides => Tensor.Strides.ToArray();

    public override Span<byte> Bytes => System.Runtime.InteropServices.MemoryMarshal.AsBytes(Tensor.Storage.AsSpan());

    public override float FloatAt(int position) => (object)Tensor.Storage[position] switch
    {
        bf16 b => (float)b,
        Half h => (float)h,
        int i => i,
        var f => (float)f,
    };
}

/// <summary>A weight, row-major [outputs, inputs]; the target packs it.</summary>
public sealed record WeightArg(HostTensor<bf16> Matrix) : KernelArg;

/// <summary>A cache; the target lays its pages out as <paramref name="Layout"/> asks and brings written pages back.</summary>
public sealed record PagedArg(HostCache<bf16> Cache, PageLayout Layout) : KernelArg;

/// <summary>An int parameter.</summary>
public sealed record IntArg(int Value) : KernelArg;

/// <summary>A float parameter.</summary>
public sealed record FloatArg(float Value) : KernelArg;

/// <summary>A kernel with its arguments: what a target runs.</summary>
/// <param name="Kernel">What runs.</param>
/// <param name="Args">One per run-time parameter, in order.</param>
/// <param name="Constants">A value for each [Const] parameter.</param>
public sealed record KernelLaunch(KernelInfo Kernel, IReadOnlyList<KernelArg> Args, IReadOnlyDictionary<string, int> Constants)
{
    public HostTensor<bf16> BFloat16(int index) => Args[index] is WeightArg w ? w.Matrix : ((ViewArg<bf16>)Args[index]).Tensor;

    public HostTensor<float> Floats(int index) => ((ViewArg<float>)Args[index]).Tensor;

    public HostTensor<int> Ints(int index) => ((ViewArg<int>)Args[index]).Tensor;

    public HostCache<bf16> Cache(int index) => ((PagedArg)Args[index]).Cache;

    public int Int(int index) => ((IntArg)Args[index]).Value;

    public float Float(int index) => ((FloatArg)Args[index]).Value;
}
