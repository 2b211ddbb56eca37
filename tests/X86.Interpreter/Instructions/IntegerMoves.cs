using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Moves between general registers, memory and the stack, and moves under a condition.</summary>
internal static class IntegerMoves
{
    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler>(Conditional())
    {
        [Mnemonic.Mov] = Copy,
        [Mnemonic.Movzx] = Copy,
        [Mnemonic.Movsx] = SignExtend,
        [Mnemonic.Movsxd] = SignExtend,
        [Mnemonic.Lea] = static (p, in i) => p.Write(i, 0, p.AddressOf(i)),
        [Mnemonic.Push] = static (p, in i) =>
        {
            ulong value = p.Read(i, 0);
            p.Registers.General(Register.RSP) -= sizeof(ulong);
            p.Store(p.Registers.General(Register.RSP), sizeof(ulong), value);
        },
        [Mnemonic.Pop] = static (p, in i) =>
        {
            ulong value = p.Load(p.Registers.General(Register.RSP), sizeof(ulong));
            // Before the write: pop rsp ends with the value popped.
            p.Registers.General(Register.RSP) += sizeof(ulong);
            p.Write(i, 0, value);
        },
    };

    private static void Copy(Processor p, in Instruction i) => p.Write(i, 0, p.Read(i, 1));

    private static void SignExtend(Processor p, in Instruction i)
    {
        int unused = 64 - 8 * Processor.SizeOf(i, 1);
        p.Write(i, 0, (ulong)((long)(p.Read(i, 1) << unused) >> unused));
    }

    private static IEnumerable<KeyValuePair<Mnemonic, Handler>> Conditional()
    {
        foreach (var (name, condition) in Conditions.All)
        {
            yield return new(Enum.Parse<Mnemonic>("Set" + name, ignoreCase: true), (p, in i) => p.Write(i, 0, condition(p.Flags) ? 1ul : 0));
            // The source is read, and a 32-bit destination cleared above, whether or not the condition holds.
            yield return new(Enum.Parse<Mnemonic>("Cmov" + name, ignoreCase: true), (p, in i) =>
            {
                ulong value = p.Read(i, 1);
                p.Write(i, 0, condition(p.Flags) ? value : p.Read(i, 0));
            });
        }
    }
}
