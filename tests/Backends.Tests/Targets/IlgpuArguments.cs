using KernelDsl.Backends.Tests.Harness;
using KernelDsl.Backends.Tests.Ilgpu;

namespace KernelDsl.Backends.Tests.Targets;

/// <summary>Arguments of the suite as ILGPU's devices take them.</summary>
internal static unsafe class IlgpuArguments
{
    /// <summary>Views keep their storage, guards and padding included; a weight is row-major as this target has it.</summary>
    public static DeviceArgument Of(KernelArg arg) => arg switch
    {
        IntArg i => new(null, 0, KernelArgument.OfInt(i.Value)),
        FloatArg f => new(null, 0, KernelArgument.OfFloat(f.Value)),
        WeightArg w => new(w.Matrix.ToArray(), 0, KernelArgument.OfView(null, w.Matrix.Dims)),
        ViewArg<bf16> v => View(v.Tensor),
        ViewArg<float> v => View(v.Tensor),
        ViewArg<int> v => View(v.Tensor),
        _ => throw new NotSupportedException($"{arg.GetType().Name} has no form on this target"),
    };

    private static DeviceArgument View<E>(HostTensor<E> tensor)
        where E : unmanaged
    {
        int[] strides = [.. tensor.Strides[..^1], 1, 1, 1];
        return new(tensor.Storage, tensor.Offset, KernelArgument.OfView(null, tensor.Dims) with { Stride0 = strides[0], Stride1 = strides[1], Stride2 = strides[2] });
    }
}
