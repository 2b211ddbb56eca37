using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Arithmetic in single precision.</summary>
internal static class FloatArithmetic
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vaddps] = Lanes.Binary<uint>(Float32.Add),
        [Mnemonic.Vsubps] = Lanes.Binary<uint>(Float32.Subtract),
        [Mnemonic.Vmulps] = Lanes.Binary<uint>(Float32.Multiply),
        [Mnemonic.Vdivps] = Lanes.Binary<uint>(Float32.Divide),
        [Mnemonic.Vminps] = Lanes.Binary<uint>(Float32.Min),
        [Mnemonic.Vmaxps] = Lanes.Binary<uint>(Float32.Max),
        [Mnemonic.Vaddss] = Lanes.Scalar(Float32.Add),
        [Mnemonic.Vsubss] = Lanes.Scalar(Float32.Subtract),
        [Mnemonic.Vmulss] = Lanes.Scalar(Float32.Multiply),
        [Mnemonic.Vdivss] = Lanes.Scalar(Float32.Divide),
        [Mnemonic.Vminss] = Lanes.Scalar(Float32.Min),
        [Mnemonic.Vmaxss] = Lanes.Scalar(Float32.Max),
        // The digits name the operands that are multiplied, then the one added.
        [Mnemonic.Vfmadd132ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.MultiplyAdd(d, b, a)),
        [Mnemonic.Vfmadd213ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.MultiplyAdd(a, d, b)),
        [Mnemonic.Vfmadd231ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.MultiplyAdd(a, b, d)),
        [Mnemonic.Vfnmadd132ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.NegatedMultiplyAdd(d, b, a)),
        [Mnemonic.Vfnmadd213ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.NegatedMultiplyAdd(a, d, b)),
        [Mnemonic.Vfnmadd231ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.NegatedMultiplyAdd(a, b, d)),
        [Mnemonic.Vfmsub132ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.MultiplySubtract(d, b, a)),
        [Mnemonic.Vfmsub213ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.MultiplySubtract(a, d, b)),
        [Mnemonic.Vfmsub231ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.MultiplySubtract(a, b, d)),
        [Mnemonic.Vfnmsub231ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.NegatedMultiplySubtract(a, b, d)),
        [Mnemonic.Vfmadd132ss] = Lanes.Scalar(static (d, a, b) => Float32.MultiplyAdd(d, b, a)),
        [Mnemonic.Vfmadd213ss] = Lanes.Scalar(static (d, a, b) => Float32.MultiplyAdd(a, d, b)),
        [Mnemonic.Vfmadd231ss] = Lanes.Scalar(static (d, a, b) => Float32.MultiplyAdd(a, b, d)),
    };
}
