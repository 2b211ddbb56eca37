using System.Runtime.CompilerServices;

namespace KernelDsl;

/// <summary>What the reference needs of an element type.</summary>
internal static class Element<E>
    where E : unmanaged
{
    /// <exception cref="KernelException">KDSL0060: E is not an element type.</exception>
    public static ElementType Type =>
        typeof(E) == typeof(BFloat16) ? ElementType.BFloat16
        : typeof(E) == typeof(Half) ? ElementType.Float16
        : typeof(E) == typeof(float) ? ElementType.Float32
        : typeof(E) == typeof(int) ? ElementType.Int32
        : throw new KernelException($"KDSL0060: '{typeof(E).Name}' is not an element type (bf16, Half, float, int)");

    public static float ToFloat(E value) => Type switch
    {
        ElementType.BFloat16 => (float)Unsafe.BitCast<E, BFloat16>(value),
        ElementType.Float16 => (float)Unsafe.BitCast<E, Half>(value),
        ElementType.Float32 => Unsafe.BitCast<E, float>(value),
        _ => Unsafe.BitCast<E, int>(value),
    };

    /// <summary>Rounds to nearest even; toward zero for int, which only ever holds positions.</summary>
    public static E FromFloat(float value) => Type switch
    {
        ElementType.BFloat16 => Unsafe.BitCast<BFloat16, E>((BFloat16)value),
        ElementType.Float16 => Unsafe.BitCast<Half, E>((Half)value),
        ElementType.Float32 => Unsafe.BitCast<float, E>(value),
        _ => Unsafe.BitCast<int, E>((int)value),
    };
}
