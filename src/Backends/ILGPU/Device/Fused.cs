using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace KernelDsl.Backends.Ilgpu.Device;

/// <summary>The fused multiply-add, which ILGPU would take from the class library and leave unresolved.</summary>
public static class Fused
{
    /// <summary>a · b + c, rounded once where the device can (NVIDIA and the CPU simulator do).</summary>
    [IntrinsicImplementation]
    public static float MultiplyAdd(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>Tells ILGPU which implementation each device gets.</summary>
    public static Context.Builder FusedArithmetic(this Context.Builder builder)
    {
        MethodInfo Method(string name) => typeof(Fused).GetMethod(name, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!;
        var intrinsics = builder.GetIntrinsicManager();
        intrinsics.RegisterMethod(Method(nameof(MultiplyAdd)), new PTXIntrinsic(typeof(Fused), nameof(EmitPtx), IntrinsicImplementationMode.GenerateCode));
        intrinsics.RegisterMethod(Method(nameof(MultiplyAdd)), new CLIntrinsic(Method(nameof(Separate)), IntrinsicImplementationMode.Redirect));
        return builder;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Separate(float a, float b, float c) => a * b + c;

    private static void EmitPtx(PTXBackend backend, PTXCodeGenerator generator, Value call)
    {
        string Operand(int i) => "%" + PTXRegisterAllocator.GetStringRepresentation(generator.LoadHardware(call[i]));
        string operands = $"{Operand(0)}, {Operand(1)}, {Operand(2)}";
        generator.Builder.AppendLine($"\tfma.rn.f32 %{PTXRegisterAllocator.GetStringRepresentation(generator.AllocateHardware(call))}, {operands};");
    }
}
