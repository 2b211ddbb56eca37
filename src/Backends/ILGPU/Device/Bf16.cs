using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDsl.Backends.Ilgpu.Device;

/// <summary>bf16 storage in device code: the upper half of a binary32, as raw 16 bits. Integer arithmetic only, so the bits are the same on every device.</summary>
public static class Bf16
{
    /// <summary>Widens exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(ushort bits) => Interop.IntAsFloat((uint)bits << 16);

    /// <summary>Rounds to nearest even; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Store(float value) => (ushort)(RoundBits(value) >> 16);

    /// <summary>The float that <see cref="Store"/> would store.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Round(float value) => Interop.IntAsFloat(RoundBits(value) & 0xffff0000u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint RoundBits(float value)
    {
        uint bits = Interop.FloatAsInt(value);
        uint rounded = bits + 0x7fffu + ((bits >> 16) & 1u);
        return Elementary.IsNaN(value) ? bits | 0x00400000u : rounded;
    }
}
