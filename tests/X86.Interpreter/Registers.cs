using System.Runtime.InteropServices;
using Iced.Intel;

namespace KernelDsl.X86Interpreter;

/// <summary>The register file.</summary>
public sealed class Registers
{
    /// <summary>Bytes of a vector register.</summary>
    public const int VectorBytes = 64;

    private const int Vectors = 32;
    private const int LegacyVectors = 16;
    private readonly ulong[] _general = new ulong[16];
    private readonly ulong[] _masks = new ulong[8];
    private readonly byte[] _vectors = new byte[Vectors * VectorBytes];

    /// <summary>The next instruction's address.</summary>
    public ulong Rip { get; set; }

    /// <summary>
    /// Whether an instruction wrote above bit 127 of zmm0 to zmm15 since the last vzeroupper. The upper sixteen registers cause no
    /// transition penalty and vzeroupper does not reach them.
    /// </summary>
    public bool UpperInUse { get; private set; }

    /// <summary>The tile registers.</summary>
    public Tiles Tiles { get; } = new();

    /// <summary>The 64 bytes of zmm<paramref name="index"/>.</summary>
    public Span<byte> Vector(int index) => _vectors.AsSpan(index * VectorBytes, VectorBytes);

    /// <summary>Opmask register k<paramref name="index"/>.</summary>
    public ref ulong Mask(int index) => ref _masks[index];

    /// <summary>A general register in full, numbered as instructions encode it (rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 ...).</summary>
    public ref ulong General(int number) => ref _general[number];

    /// <summary>A general register in full.</summary>
    public ref ulong General(Register register) => ref _general[register.GetFullRegister() - Register.RAX];

    /// <summary>Reads a general or opmask register, zero-extended.</summary>
    internal ulong Read(Register register)
    {
        if (register.IsK()) return Mask(register.GetNumber());
        ulong full = General(register);
        return register.GetSize() switch
        {
            8 => full,
            4 => (uint)full,
            2 => (ushort)full,
            _ => (byte)(full >> HighByteShift(register)),
        };
    }

    /// <summary>Writes a general or opmask register as the processor does: 32 bits clear the upper half, 8 and 16 keep the rest.</summary>
    internal void Write(Register register, ulong value)
    {
        if (register.IsK())
        {
            Mask(register.GetNumber()) = value;
            return;
        }
        ref ulong full = ref General(register);
        int shift = HighByteShift(register);
        full = register.GetSize() switch
        {
            8 => value,
            4 => (uint)value,
            2 => full & ~0xFFFFul | (ushort)value,
            _ => full & ~(0xFFul << shift) | (ulong)(byte)value << shift,
        };
    }

    /// <summary>Writes a vector register and clears the bits above, as VEX and EVEX instructions do.</summary>
    internal void WriteVector(int index, ReadOnlySpan<byte> value)
    {
        Span<byte> register = Vector(index);
        value.CopyTo(register);
        register[value.Length..].Clear();
        UpperInUse |= value.Length > 16 && index < LegacyVectors;
    }

    /// <summary>What vzeroupper does.</summary>
    internal void ZeroUpper()
    {
        for (int i = 0; i < LegacyVectors; i++) Vector(i)[16..].Clear();
        UpperInUse = false;
    }

    /// <summary>Puts a recognisable value (in vectors, a signalling NaN) into every register, so that reading one before writing it shows.</summary>
    internal void Poison()
    {
        for (int i = 0; i < _general.Length; i++) _general[i] = 0xDEAD_5EED_0000_0000 + 0x1010_1010ul * (ulong)(i + 1);
        _masks.AsSpan().Fill(0xA5A5_A5A5_A5A5_A5A5);
        MemoryMarshal.Cast<byte, uint>(_vectors.AsSpan()).Fill(0x7FA5_A5A5);
        UpperInUse = false;
        Tiles.Release();
    }

    private static int HighByteShift(Register register) => register is >= Register.AH and <= Register.BH ? 8 : 0;
}
