using System.Reflection;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace KernelDsl.Backends.Ilgpu.Device;

/// <summary>
/// Exchange between the lanes of a warp. One signature, two implementations: a shuffle on NVIDIA, and a round trip through shared memory
/// on OpenCL and on ILGPU's CPU simulator, whose warps are not 32 wide. Every thread of the group must call it.
/// </summary>
public static class Shuffle
{
    /// <summary>Threads of a warp, whatever the device calls one.</summary>
    public const int Warp = 32;

    /// <summary>The value of the lane whose number differs in the bits of <paramref name="mask"/> (1, 2, 4, 8 or 16).</summary>
    /// <param name="scratch">Shared memory, one element per thread of the group; free for others after the next barrier.</param>
    [IntrinsicImplementation]
    public static float Xor(float value, int mask, ArrayView<float> scratch)
    {
        int thread = Group.IdxX;
        Group.Barrier();
        scratch[thread] = value;
        Group.Barrier();
        return scratch[thread ^ mask];
    }

    /// <summary>Tells ILGPU which implementation each device gets.</summary>
    public static Context.Builder ShuffleFunctions(this Context.Builder builder)
    {
        MethodInfo Method(string name) => typeof(Shuffle).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
        var intrinsics = builder.GetIntrinsicManager();
        intrinsics.RegisterMethod(Method(nameof(Xor)), new PTXIntrinsic(Method(nameof(Native)), IntrinsicImplementationMode.Redirect));
        intrinsics.RegisterMethod(Method(nameof(Xor)), new CLIntrinsic(Method(nameof(Exchange)), IntrinsicImplementationMode.Redirect));
        return builder;
    }

    private static float Native(float value, int mask, ArrayView<float> scratch) => ILGPU.Warp.ShuffleXor(value, mask);

    private static float Exchange(float value, int mask, ArrayView<float> scratch)
    {
        int thread = Group.IdxX;
        Group.Barrier();
        scratch[thread] = value;
        Group.Barrier();
        return scratch[thread ^ mask];
    }
}
