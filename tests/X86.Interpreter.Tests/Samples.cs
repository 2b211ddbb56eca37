using System.Runtime.InteropServices;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>Instructions of a given encoding with random operands, and random values for them.</summary>
internal static class Samples
{
    private static readonly uint[] _specialFloats =
    [
        0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC1_2345, 0x7F80_0001, 0xFFA5_5A5A, 0x0000_0001, 0x807F_FFFF,
        0x0080_0000, 0x8080_0001, 0x7F7F_FFFF, 0xFF7F_FFFF, 0x4F00_0000, 0xCF00_0000, 0x3F00_0000, 0x3FC0_0000, 0x4B00_0001, 0x3380_0000,
    ];

    private static readonly ulong[] _specialIntegers = [0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, long.MaxValue, 1ul << 63, ulong.MaxValue];

    /// <summary>The encodings of interpreted mnemonics that 64-bit code can have.</summary>
    public static ILookup<Mnemonic, Code> Codes { get; } = Enum.GetValues<Code>()
        .Where(static c => c.ToOpCode() is { IsInstruction: true, Mode64: true } && Machine.Interpreted.Contains(c.Mnemonic()) && !ComparesIntoMask(c))
        .ToLookup(static c => c.Mnemonic());

    /// <summary>Fills the block with values of mixed kinds.</summary>
    public static void Fill(StateBlock block, Random random)
    {
        random.NextBytes(block.Span);
        // Few different values at times: rare pairs, like zeros of both signs, meet in one lane.
        int kinds = random.Next(3) == 0 ? 1 : 4, specials = random.Next(2) == 0 ? _specialFloats.Length : 4;
        int first = random.Next(_specialFloats.Length - specials + 1);
        var lanes = MemoryMarshal.Cast<byte, uint>(block.Span);
        for (int i = 0; i < lanes.Length; i++)
        {
            lanes[i] = random.Next(kinds) switch
            {
                0 => _specialFloats[first + random.Next(specials)],
                1 => BitConverter.SingleToUInt32Bits((random.NextSingle() - 0.5f) * random.Next(1, 1 << 20)),
                2 => (uint)random.Next(-300, 300),
                _ => lanes[i],
            };
        }
        var words = MemoryMarshal.Cast<byte, ulong>(block.Span[StateBlock.General..StateBlock.Data]);
        for (int i = 0; i < words.Length; i++)
            if (random.Next(2) == 0) words[i] = _specialIntegers[random.Next(_specialIntegers.Length)];
        // A set byte says that the snippet did not store the flag.
        block.Span[StateBlock.Flags..StateBlock.Compared].Fill(0xEE);
    }

    /// <summary>
    /// An instruction with random operands, under a random opmask where there can be one; null for operands that no kernel has (segment
    /// registers and the like).
    /// </summary>
    public static Instruction? Create(Code code, Random random)
    {
        var opcode = code.ToOpCode();
        Instruction instruction = default;
        instruction.Code = code;
        for (int i = 0; i < opcode.OpCount; i++)
            if (!SetOperand(ref instruction, i, opcode.GetOpKind(i).ToString(), random)) return null;
        if (opcode.CanUseOpMaskRegister && random.Next(2) == 0)
        {
            instruction.OpMask = Register.K1 + random.Next(7);
            instruction.ZeroingMasking = opcode.CanUseZeroingMasking && instruction.Op0Kind == OpKind.Register && random.Next(2) == 0;
        }
        return instruction;
    }

    /// <summary>AVX-512's comparisons, which share a name with AVX2's and are not interpreted.</summary>
    private static bool ComparesIntoMask(Code code) => code.ToOpCode() is { Encoding: EncodingKind.EVEX, Op0Kind: OpCodeOperandKind.k_reg };

    private static bool SetOperand(ref Instruction instruction, int operand, string kind, Random random)
    {
        string[] parts = kind.Split('_');
        if (kind == "mem" || (kind.EndsWith("_or_mem", StringComparison.Ordinal) && random.Next(2) == 0)) return SetMemory(ref instruction, operand, random);
        if (kind is "al" or "ax" or "eax" or "rax" or "cl") return SetRegister(ref instruction, operand, Enum.Parse<Register>(kind, ignoreCase: true));
        if (kind.StartsWith("imm", StringComparison.Ordinal)) return SetImmediate(ref instruction, operand, kind, random);
        int vectors = instruction.Code.ToOpCode().Encoding == EncodingKind.EVEX ? 32 : 16;
        int free = Snippet.Free[random.Next(Snippet.Free.Length)];
        Register? register = parts.Length < 2 ? null : parts[0] switch
        {
            "r8" => Register.AL + (free < 4 ? free : free + 4),
            "r16" => Register.AX + free,
            "r32" => Register.EAX + free,
            "r64" => Register.RAX + free,
            "xmm" => Register.XMM0 + random.Next(vectors),
            "ymm" => Register.YMM0 + random.Next(vectors),
            "zmm" => Register.ZMM0 + random.Next(vectors),
            "k" => Register.K0 + random.Next(8),
            _ => null,
        };
        return register is { } known && SetRegister(ref instruction, operand, known);
    }

    private static bool SetRegister(ref Instruction instruction, int operand, Register register)
    {
        instruction.SetOpKind(operand, OpKind.Register);
        instruction.SetOpRegister(operand, register);
        return true;
    }

    private static bool SetImmediate(ref Instruction instruction, int operand, string kind, Random random)
    {
        if (kind == "imm8_const_1")
        {
            instruction.SetOpKind(operand, OpKind.Immediate8);
            instruction.Immediate8 = 1;
            return true;
        }
        OpKind? found = kind switch
        {
            "imm8" => OpKind.Immediate8,
            "imm8sex16" => OpKind.Immediate8to16,
            "imm8sex32" => OpKind.Immediate8to32,
            "imm8sex64" => OpKind.Immediate8to64,
            "imm16" => OpKind.Immediate16,
            "imm32" => OpKind.Immediate32,
            "imm32sex64" => OpKind.Immediate32to64,
            "imm64" => OpKind.Immediate64,
            _ => null,
        };
        if (found is not { } known) return false;
        instruction.SetOpKind(operand, known);
        instruction.SetImmediate(operand, random.Next(-128, 128));
        if (known == OpKind.Immediate64) instruction.SetImmediate(operand, random.NextInt64());
        return true;
    }

    private static bool SetMemory(ref Instruction instruction, int operand, Random random)
    {
        instruction.SetOpKind(operand, OpKind.Memory);
        instruction.MemoryBase = Snippet.Block;
        instruction.MemoryDisplSize = 8;
        instruction.MemoryDisplacement64 = (ulong)(StateBlock.Data + 64 + (IsAligned(instruction.Mnemonic) ? 0 : random.Next(-64, 64)));
        instruction.IsBroadcast = instruction.Code.ToOpCode().CanBroadcast && random.Next(2) == 0;
        if (instruction.Mnemonic == Mnemonic.Lea)
        {
            // Nothing is accessed: any registers will do.
            instruction.MemoryBase = Register.RAX + Snippet.Free[random.Next(Snippet.Free.Length)];
            instruction.MemoryIndex = Register.RAX + Snippet.Free[random.Next(Snippet.Free.Length)];
            instruction.MemoryIndexScale = 1 << random.Next(4);
            instruction.MemoryDisplacement64 = (ulong)(long)random.Next(int.MinValue, int.MaxValue);
        }
        return true;
    }

    private static bool IsAligned(Mnemonic mnemonic) => mnemonic is Mnemonic.Vmovaps or Mnemonic.Vmovapd or Mnemonic.Vmovdqa or Mnemonic.Vmovdqa32 or Mnemonic.Vmovdqa64
        or Mnemonic.Vmovntps or Mnemonic.Vmovntdq;
}
