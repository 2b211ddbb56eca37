using System.Runtime.CompilerServices;

namespace KernelDsl.Backends.Ilgpu.Device;

/// <summary>Integer arithmetic of block bounds, the same in every thread of a program.</summary>
public static class Uniform
{
    /// <summary>The smaller.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Min(int a, int b) => a < b ? a : b;

    /// <summary>The larger.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Max(int a, int b) => a > b ? a : b;

    /// <summary>a / b rounded up, for a of 0 or more and b above 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int CeilDiv(int a, int b) => (a + b - 1) / b;

    /// <summary>1 for true, 0 for false: comparisons of the tile language are ints.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Bit(bool condition) => condition ? 1 : 0;
}
