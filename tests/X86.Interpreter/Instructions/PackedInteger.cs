using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Arithmetic and shifts of packed integers.</summary>
internal static class PackedInteger
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vpaddb] = Lanes.Binary<byte>(static (a, b) => (byte)(a + b)),
        [Mnemonic.Vpaddw] = Lanes.Binary<ushort>(static (a, b) => (ushort)(a + b)),
        [Mnemonic.Vpaddd] = Lanes.Binary<uint>(static (a, b) => a + b),
        [Mnemonic.Vpaddq] = Lanes.Binary<ulong>(static (a, b) => a + b),
        [Mnemonic.Vpsubb] = Lanes.Binary<byte>(static (a, b) => (byte)(a - b)),
        [Mnemonic.Vpsubw] = Lanes.Binary<ushort>(static (a, b) => (ushort)(a - b)),
        [Mnemonic.Vpsubd] = Lanes.Binary<uint>(static (a, b) => a - b),
        [Mnemonic.Vpsubq] = Lanes.Binary<ulong>(static (a, b) => a - b),
        [Mnemonic.Vpmulld] = Lanes.Binary<uint>(static (a, b) => a * b),
        [Mnemonic.Vpmullw] = Lanes.Binary<ushort>(static (a, b) => (ushort)(a * b)),
        [Mnemonic.Vpabsd] = Lanes.Unary<int, int>(static a => a < 0 ? unchecked(-a) : a),
        [Mnemonic.Vpsignb] = Lanes.Binary<sbyte>(static (a, b) => (sbyte)(b < 0 ? -a : b == 0 ? 0 : a)),
        [Mnemonic.Vpabsb] = Lanes.Unary<sbyte, byte>(static a => (byte)Math.Abs((int)a)),
        [Mnemonic.Vpminsd] = Lanes.Binary<int>(Math.Min),
        [Mnemonic.Vpmaxsd] = Lanes.Binary<int>(Math.Max),
        [Mnemonic.Vpminud] = Lanes.Binary<uint>(Math.Min),
        [Mnemonic.Vpmaxud] = Lanes.Binary<uint>(Math.Max),
        [Mnemonic.Vpcmpeqb] = Lanes.Binary<sbyte>(static (a, b) => (sbyte)(a == b ? -1 : 0)),
        [Mnemonic.Vpcmpeqw] = Lanes.Binary<short>(static (a, b) => (short)(a == b ? -1 : 0)),
        [Mnemonic.Vpcmpeqd] = Lanes.Binary<int>(static (a, b) => a == b ? -1 : 0),
        [Mnemonic.Vpcmpgtd] = Lanes.Binary<int>(static (a, b) => a > b ? -1 : 0),
        [Mnemonic.Vpsllw] = Lanes.Shift<ushort>(static (a, n) => n < 16 ? (ushort)(a << n) : (ushort)0),
        [Mnemonic.Vpslld] = Lanes.Shift<uint>(static (a, n) => n < 32 ? a << n : 0),
        [Mnemonic.Vpsllq] = Lanes.Shift<ulong>(static (a, n) => n < 64 ? a << n : 0),
        [Mnemonic.Vpsrlw] = Lanes.Shift<ushort>(static (a, n) => n < 16 ? (ushort)(a >> n) : (ushort)0),
        [Mnemonic.Vpsrld] = Lanes.Shift<uint>(static (a, n) => n < 32 ? a >> n : 0),
        [Mnemonic.Vpsrlq] = Lanes.Shift<ulong>(static (a, n) => n < 64 ? a >> n : 0),
        [Mnemonic.Vpsraw] = Lanes.Shift<short>(static (a, n) => (short)(a >> Math.Min(n, 15))),
        [Mnemonic.Vpsrad] = Lanes.Shift<int>(static (a, n) => a >> Math.Min(n, 31)),
        [Mnemonic.Vpsllvd] = Lanes.Binary<uint>(static (a, n) => n < 32 ? a << (int)n : 0),
        [Mnemonic.Vpsrlvd] = Lanes.Binary<uint>(static (a, n) => n < 32 ? a >> (int)n : 0),
        [Mnemonic.Vpsravd] = Lanes.Binary<uint>(static (a, n) => (uint)((int)a >> (int)Math.Min(n, 31))),
    };
}
