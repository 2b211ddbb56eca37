using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Jumps, returns, and instructions that change nothing a program can see.</summary>
internal static class Control
{
    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler>(Jumps())
    {
        [Mnemonic.Jmp] = Jump,
        [Mnemonic.Ret] = static (p, in i) =>
        {
            ref ulong rsp = ref p.Registers.General(Register.RSP);
            p.Registers.Rip = p.Load(rsp, sizeof(ulong));
            rsp += sizeof(ulong) + (i.OpCount == 1 ? p.Read(i, 0) : 0);
        },
        [Mnemonic.Nop] = Nothing,
        [Mnemonic.Endbr64] = Nothing,
        // A prefetch of any address is allowed: it cannot fault.
        [Mnemonic.Prefetcht0] = Nothing,
        [Mnemonic.Prefetcht1] = Nothing,
        [Mnemonic.Prefetcht2] = Nothing,
        [Mnemonic.Prefetchnta] = Nothing,
        [Mnemonic.Prefetchw] = Nothing,
        [Mnemonic.Vzeroupper] = static (p, in _) => p.Registers.ZeroUpper(),
    };

    private static void Jump(Processor p, in Instruction i) => p.Registers.Rip = p.Read(i, 0);

    private static void Nothing(Processor p, in Instruction i)
    {
    }

    private static IEnumerable<KeyValuePair<Mnemonic, Handler>> Jumps() => Conditions.All.Select(static c =>
        new KeyValuePair<Mnemonic, Handler>(Enum.Parse<Mnemonic>("J" + c.Key, ignoreCase: true), (p, in i) =>
        {
            if (c.Value(p.Flags)) Jump(p, i);
        }));
}
