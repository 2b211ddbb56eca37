using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Conversions between element types.</summary>
internal static class Conversions
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vcvtdq2ps] = Lanes.Unary<int, float>(static a => a),
        [Mnemonic.Vcvtps2dq] = Lanes.Unary<uint, int>(Float32.ToInt32),
        [Mnemonic.Vcvttps2dq] = Lanes.Unary<uint, int>(Float32.ToInt32Truncated),
        [Mnemonic.Vcvtph2ps] = Lanes.Unary<ushort, uint>(Float32.FromHalf),
        [Mnemonic.Vcvtneps2bf16] = Lanes.Unary<uint, ushort>(ToBFloat16),
        [Mnemonic.Vpmovzxbw] = Lanes.Unary<byte, ushort>(static a => a),
        [Mnemonic.Vpmovzxbd] = Lanes.Unary<byte, uint>(static a => a),
        [Mnemonic.Vpmovzxwd] = Lanes.Unary<ushort, uint>(static a => a),
        [Mnemonic.Vpmovzxdq] = Lanes.Unary<uint, ulong>(static a => a),
        [Mnemonic.Vpmovsxbw] = Lanes.Unary<sbyte, short>(static a => a),
        [Mnemonic.Vpmovsxbd] = Lanes.Unary<sbyte, int>(static a => a),
        [Mnemonic.Vpmovsxwd] = Lanes.Unary<short, int>(static a => a),
        [Mnemonic.Vpmovsxdq] = Lanes.Unary<int, long>(static a => a),
        // Truncating: the destination is the narrow one.
        [Mnemonic.Vpmovdb] = Lanes.Unary<uint, byte>(static a => (byte)a),
        [Mnemonic.Vpmovdw] = Lanes.Unary<uint, ushort>(static a => (ushort)a),
        [Mnemonic.Vpmovwb] = Lanes.Unary<ushort, byte>(static a => (byte)a),
    };

    /// <summary>To nearest even, denormals as zero, NaNs cut and made quiet, whatever MXCSR says.</summary>
    private static ushort ToBFloat16(uint x)
    {
        if (Float32.IsNaN(x)) return (ushort)(Float32.Quiet(x) >> 16);
        uint flushed = Float32.FlushInput(x);
        return (ushort)(flushed + 0x7FFF + (flushed >> 16 & 1) >> 16);
    }
}
