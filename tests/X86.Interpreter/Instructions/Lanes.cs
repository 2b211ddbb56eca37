using System.Numerics;
using System.Runtime.CompilerServices;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Vector instructions from functions on one lane.</summary>
internal static class Lanes
{
    /// <summary>Each result lane from the source's lane of the same number; the types may differ in width.</summary>
    public static VectorInstruction Unary<TIn, TOut>(Func<TIn, TOut> lane) where TIn : unmanaged where TOut : unmanaged =>
        new((in o) =>
        {
            var a = VectorOperands.Lanes<TIn>(o.A);
            var result = o.ResultLanes<TOut>();
            // A narrow result register can be wider than the lanes there are: the rest stays zero.
            for (int i = 0; i < Math.Min(result.Length, a.Length); i++) result[i] = lane(a[i]);
        }, Unsafe.SizeOf<TOut>(), Unsafe.SizeOf<TIn>());

    /// <summary>Each result lane from the two sources' lanes of the same number.</summary>
    public static VectorInstruction Binary<T>(Func<T, T, T> lane) where T : unmanaged =>
        new((in o) =>
        {
            var a = VectorOperands.Lanes<T>(o.A);
            var b = VectorOperands.Lanes<T>(o.B);
            var result = o.ResultLanes<T>();
            for (int i = 0; i < result.Length; i++) result[i] = lane(a[i], b[i]);
        }, Unsafe.SizeOf<T>(), Unsafe.SizeOf<T>());

    /// <summary>Each result lane from the destination's and the two sources' lanes of the same number.</summary>
    public static VectorInstruction Ternary<T>(Func<T, T, T, T> lane) where T : unmanaged => Ternary<T>((d, a, b, _) => lane(d, a, b));

    /// <summary>As above, with the immediate.</summary>
    public static VectorInstruction Ternary<T>(Func<T, T, T, byte, T> lane) where T : unmanaged =>
        new((in o) =>
        {
            var old = VectorOperands.Lanes<T>(o.Old);
            var a = VectorOperands.Lanes<T>(o.A);
            var b = VectorOperands.Lanes<T>(o.B);
            var result = o.ResultLanes<T>();
            for (int i = 0; i < result.Length; i++) result[i] = lane(old[i], a[i], b[i], o.Immediate);
        }, Unsafe.SizeOf<T>(), Unsafe.SizeOf<T>());

    /// <summary>The lowest lane from the two sources' and the destination's, the others from the first source.</summary>
    public static VectorInstruction Scalar(Func<uint, uint, uint> lane) =>
        new((in o) =>
        {
            o.A.CopyTo(o.Result);
            o.ResultLanes<uint>()[0] = lane(VectorOperands.Lanes<uint>(o.A)[0], VectorOperands.Lanes<uint>(o.B)[0]);
        }, sizeof(uint), sizeof(uint), scalar: true);

    /// <summary>The lowest lane from the destination's and the two sources', the others from the destination.</summary>
    public static VectorInstruction Scalar(Func<uint, uint, uint, uint> lane) =>
        new((in o) =>
        {
            o.Old.CopyTo(o.Result);
            o.ResultLanes<uint>()[0] = lane(VectorOperands.Lanes<uint>(o.Old)[0], VectorOperands.Lanes<uint>(o.A)[0], VectorOperands.Lanes<uint>(o.B)[0]);
        }, sizeof(uint), sizeof(uint), scalar: true);

    /// <summary>Every lane by the same count: the immediate, or the second source's low 64 bits.</summary>
    public static VectorInstruction Shift<T>(Func<T, int, T> lane) where T : unmanaged, IBinaryInteger<T> =>
        new((in o) =>
        {
            // Counts of the lane's width and more act alike: 255 stands for them all.
            ulong count = o.B.IsEmpty ? o.Immediate : Math.Min(VectorOperands.Lanes<ulong>(o.B)[0], byte.MaxValue);
            var a = VectorOperands.Lanes<T>(o.A);
            var result = o.ResultLanes<T>();
            for (int i = 0; i < result.Length; i++) result[i] = lane(a[i], (int)count);
        }, Unsafe.SizeOf<T>(), source: 0);
}
