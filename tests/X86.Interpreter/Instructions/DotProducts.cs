using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Products of neighbouring narrow elements, summed into wider lanes.</summary>
internal static class DotProducts
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vpmaddwd] = Lanes.Binary<uint>(static (a, b) => (uint)Words(a, b)),
        [Mnemonic.Vpmaddubsw] = Lanes.Binary<ushort>(static (a, b) => (ushort)(short)Math.Clamp(Product(a, b, 0) + Product(a, b, 1), short.MinValue, short.MaxValue)),
        [Mnemonic.Vpdpbusd] = Lanes.Ternary<uint>(static (d, a, b) => d + (uint)Bytes(a, b)),
        [Mnemonic.Vpdpbusds] = Lanes.Ternary<uint>(static (d, a, b) => Saturate((int)d + Bytes(a, b))),
        [Mnemonic.Vpdpwssd] = Lanes.Ternary<uint>(static (d, a, b) => d + (uint)Words(a, b)),
        [Mnemonic.Vpdpwssds] = Lanes.Ternary<uint>(static (d, a, b) => Saturate((int)d + Words(a, b))),
        // Two fused steps, the odd elements first, MXCSR neither read nor written: the manual's pseudocode.
        [Mnemonic.Vdpbf16ps] = Lanes.Ternary<uint>(static (d, a, b) => Float32.FlushingMultiplyAdd(a << 16, b << 16, Float32.FlushingMultiplyAdd(a & 0xFFFF_0000, b & 0xFFFF_0000, d))),
    };

    /// <summary>The product of an unsigned and a signed byte.</summary>
    private static int Product(uint a, uint b, int element) => (byte)(a >> 8 * element) * (sbyte)(b >> 8 * element);

    private static long Bytes(uint a, uint b) => Product(a, b, 0) + Product(a, b, 1) + Product(a, b, 2) + Product(a, b, 3);

    // 64 bits: two products of -32768 by itself exceed 32.
    private static long Words(uint a, uint b) => ((long)(short)a * (short)b) + ((long)(short)(a >> 16) * (short)(b >> 16));

    private static uint Saturate(long sum) => (uint)(int)Math.Clamp(sum, int.MinValue, int.MaxValue);
}
