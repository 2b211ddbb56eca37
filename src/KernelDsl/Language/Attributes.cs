namespace KernelDsl;

/// <summary>What a kernel is compiled for.</summary>
public enum Target
{
    /// <summary>SIMD C# for x86-64 and arm64.</summary>
    Cpu,

    /// <summary>PTX for NVIDIA GPUs.</summary>
    Cuda,

    /// <summary>AscendC for Ascend NPUs.</summary>
    Ascend,
}

/// <summary>Marks a static method that is a kernel: callable as C#, and compiled for every target.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KernelAttribute : Attribute;

/// <summary>Marks a static method, or a ref struct with its members, that kernels may call; the compiler expands it in place.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Struct)]
public sealed class InlineAttribute : Attribute;

/// <summary>Marks an int parameter that is a compile-time constant; one variant is built for each listed value.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class ConstAttribute(params int[] values) : Attribute
{
    /// <summary>The values to build for.</summary>
    public IReadOnlyList<int> Values { get; } = values;
}

/// <summary>Marks an int parameter BM, BN, BK or BH that is a block size, chosen by a <see cref="ScheduleAttribute"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class BlockAttribute : Attribute;

/// <summary>
/// Sizes and depths for one target. A schedule cannot change what a kernel computes, up to float reassociation. Several for one target
/// are variants: the back end picks at launch. Zero means "not given".
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ScheduleAttribute(Target target) : Attribute
{
    /// <summary>What the schedule is for.</summary>
    public Target Target { get; } = target;

    /// <summary>Block of output rows.</summary>
    public int BM { get; set; }

    /// <summary>Block of output columns or keys.</summary>
    public int BN { get; set; }

    /// <summary>Block of the contraction or reduction.</summary>
    public int BK { get; set; }

    /// <summary>Block of heads.</summary>
    public int BH { get; set; }

    /// <summary>Warps per program (CUDA).</summary>
    public int Warps { get; set; }

    /// <summary>Loop stages in flight: depth of the copy pipeline (CUDA, Ascend).</summary>
    public int Stages { get; set; }

    /// <summary>Whether dots may use the matrix unit (Ascend): false keeps the whole kernel on the vector cores.</summary>
    public bool Cube { get; set; } = true;

    /// <summary>Filter: the schedule is only for variants whose [Const] parameter D has this value.</summary>
    public int D { get; set; }

    /// <summary>Filter: the schedule is only for variants whose [Const] parameter G has this value.</summary>
    public int G { get; set; }
}
