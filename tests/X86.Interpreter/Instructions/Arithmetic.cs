using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Integer arithmetic and logic on general registers and memory.</summary>
internal static class Arithmetic
{
    /// <summary>A result of <paramref name="bits"/> bits from operands of that width, and the flags it leaves.</summary>
    private delegate ulong Operation(ulong a, ulong b, int bits, Flags flags);

    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler>
    {
        [Mnemonic.Add] = Binary(Add),
        [Mnemonic.Sub] = Binary(Subtract),
        [Mnemonic.And] = Binary(static (a, b, bits, f) => Logical(a & b, bits, f)),
        [Mnemonic.Or] = Binary(static (a, b, bits, f) => Logical(a | b, bits, f)),
        [Mnemonic.Xor] = Binary(static (a, b, bits, f) => Logical(a ^ b, bits, f)),
        [Mnemonic.Cmp] = Compare(Subtract),
        [Mnemonic.Test] = Compare(static (a, b, bits, f) => Logical(a & b, bits, f)),
        [Mnemonic.Inc] = Unary(static (a, bits, f) => KeepCarry(Add, a, bits, f)),
        [Mnemonic.Dec] = Unary(static (a, bits, f) => KeepCarry(Subtract, a, bits, f)),
        [Mnemonic.Neg] = Unary(static (a, bits, f) => Subtract(0, a, bits, f)),
        [Mnemonic.Not] = Unary(static (a, bits, _) => Truncate(~a, bits)),
        [Mnemonic.Imul] = Multiply,
    };

    private static ulong Truncate(ulong value, int bits) => bits == 64 ? value : value & (1ul << bits) - 1;

    private static Int128 Signed(ulong value, int bits) => (long)(value << 64 - bits) >> 64 - bits;

    private static bool SignBit(ulong value, int bits) => (value >> bits - 1 & 1) != 0;

    private static ulong Add(ulong a, ulong b, int bits, Flags flags)
    {
        ulong sum = Truncate(a + b, bits);
        flags.Carry = sum < a;
        flags.Overflow = SignBit((a ^ sum) & (b ^ sum), bits);
        flags.SetResult(sum, bits);
        return sum;
    }

    private static ulong Subtract(ulong a, ulong b, int bits, Flags flags)
    {
        ulong difference = Truncate(a - b, bits);
        flags.Carry = a < b;
        flags.Overflow = SignBit((a ^ b) & (a ^ difference), bits);
        flags.SetResult(difference, bits);
        return difference;
    }

    private static ulong Logical(ulong result, int bits, Flags flags)
    {
        flags.Carry = flags.Overflow = false;
        flags.SetResult(result, bits);
        return result;
    }

    private static ulong KeepCarry(Operation operation, ulong a, int bits, Flags flags)
    {
        bool carry = flags.Carry;
        ulong result = operation(a, 1, bits, flags);
        flags.Carry = carry;
        return result;
    }

    private static Handler Binary(Operation operation) => (p, in i) => p.Write(i, 0, Apply(operation, p, i));

    private static Handler Compare(Operation operation) => (p, in i) => Apply(operation, p, i);

    private static ulong Apply(Operation operation, Processor p, in Instruction i)
    {
        int bits = 8 * Processor.SizeOf(i, 0);
        return operation(p.Read(i, 0), Truncate(p.Read(i, 1), bits), bits, p.Flags);
    }

    private static Handler Unary(Func<ulong, int, Flags, ulong> operation) => (p, in i) => p.Write(i, 0, operation(p.Read(i, 0), 8 * Processor.SizeOf(i, 0), p.Flags));

    private static void Multiply(Processor p, in Instruction i)
    {
        int bits = 8 * Processor.SizeOf(i, 0);
        bool wide = i.OpCount == 1;
        ulong left = wide ? p.Registers.General(Register.RAX) : p.Read(i, i.OpCount - 2);
        Int128 product = Signed(left, bits) * Signed(p.Read(i, i.OpCount - 1), bits);
        ulong low = Truncate((ulong)product, bits);
        p.Flags.Carry = p.Flags.Overflow = product != Signed(low, bits);
        if (!wide) p.Write(i, 0, low);
        else WriteWide(p, bits, low, Truncate((ulong)(product >> bits), bits));
    }

    /// <summary>The one-operand form's result: the high half goes to rdx, for bytes to ah.</summary>
    private static void WriteWide(Processor p, int bits, ulong low, ulong high)
    {
        var (lowRegister, highRegister) = bits switch
        {
            64 => (Register.RAX, Register.RDX),
            32 => (Register.EAX, Register.EDX),
            16 => (Register.AX, Register.DX),
            _ => (Register.AL, Register.AH),
        };
        p.Registers.Write(lowRegister, low);
        p.Registers.Write(highRegister, high);
    }
}
