using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>A function around one instruction: loads all registers from a block, executes it, stores them back.</summary>
internal static class Snippet
{
    private static readonly AssemblerRegister64[] _general = [rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];
    private static readonly AssemblerRegister64[] _saved = [rbx, rbp, r12, r13, r14, r15];

    /// <summary>Numbers of the general registers that an instruction may change: not the stack's, not the block's.</summary>
    public static int[] Free { get; } = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];

    /// <summary>The register that holds the block's address.</summary>
    public const Register Block = Register.R15;

    /// <param name="wide">Whether 512-bit registers and opmasks are loaded and stored, or 256-bit ones.</param>
    public static byte[] Around(in Instruction instruction, bool wide)
    {
        var c = new Assembler(64);
        foreach (var register in _saved) c.push(register);
        c.mov(r15, rdi);
        Vectors(c, wide, load: true);
        c.mov(rax, __qword_ptr[r15 + StateBlock.Compared]);
        c.cmp(rax, __qword_ptr[r15 + StateBlock.Compared + sizeof(ulong)]);
        foreach (int number in Free) c.mov(_general[number], __qword_ptr[r15 + StateBlock.General + (number * sizeof(ulong))]);
        c.AddInstruction(instruction);
        StoreFlags(c, instruction.RflagsUndefined);
        foreach (int number in Free) c.mov(__qword_ptr[r15 + StateBlock.General + (number * sizeof(ulong))], _general[number]);
        Vectors(c, wide, load: false);
        c.vzeroupper();
        foreach (var register in _saved.Reverse()) c.pop(register);
        c.ret();
        return Assemble(c);
    }

    public static byte[] Assemble(Assembler c)
    {
        using var bytes = new MemoryStream();
        c.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }

    private static void Vectors(Assembler c, bool wide, bool load)
    {
        for (int i = 0; i < (wide ? 32 : 16); i++)
        {
            int offset = StateBlock.Vectors + (i * StateBlock.VectorBytes);
            var zmm = new AssemblerRegisterZMM(Register.ZMM0 + i);
            if (!wide && load) c.vmovups(new AssemblerRegisterYMM(Register.YMM0 + i), __ymmword_ptr[r15 + offset]);
            else if (!wide) c.vmovups(__ymmword_ptr[r15 + offset], new AssemblerRegisterYMM(Register.YMM0 + i));
            else if (load) c.vmovups(zmm, __zmmword_ptr[r15 + offset]);
            else c.vmovups(__zmmword_ptr[r15 + offset], zmm);
        }
        for (int i = 0; wide && i < 8; i++)
        {
            var memory = __qword_ptr[r15 + StateBlock.Masks + (i * sizeof(ulong))];
            var k = new AssemblerRegisterK(Register.K0 + i);
            if (load) c.kmovq(k, memory);
            else c.kmovq(memory, k);
        }
    }

    /// <summary>Stores the flags that are defined: what a processor leaves in the others is its own affair.</summary>
    private static void StoreFlags(Assembler c, RflagsBits undefined)
    {
        (RflagsBits Flag, Action<AssemblerMemoryOperand> Store)[] flags = [(RflagsBits.CF, c.setb), (RflagsBits.ZF, c.sete), (RflagsBits.SF, c.sets), (RflagsBits.OF, c.seto), (RflagsBits.PF, c.setp)];
        for (int i = 0; i < flags.Length; i++)
            if ((undefined & flags[i].Flag) == 0) flags[i].Store(__byte_ptr[r15 + StateBlock.Flags + i]);
    }
}
