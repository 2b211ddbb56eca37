using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>Conditional jumps after a comparison.</summary>
public class ConditionTests
{
    private static readonly ulong[] _values = [0, 1, 2, 0x7F, 0x80, 0xFFFF_FFFF, long.MaxValue, 1ul << 63, (1ul << 63) + 1, ulong.MaxValue - 1, ulong.MaxValue];

    private static readonly Dictionary<string, (Action<Assembler, Label> Jump, Func<ulong, ulong, bool> Holds)> _conditions = new()
    {
        ["o"] = (static (c, l) => c.jo(l), static (a, b) => (Int128)(long)a - (long)b != (long)(a - b)),
        ["no"] = (static (c, l) => c.jno(l), static (a, b) => (Int128)(long)a - (long)b == (long)(a - b)),
        ["b"] = (static (c, l) => c.jb(l), static (a, b) => a < b),
        ["ae"] = (static (c, l) => c.jae(l), static (a, b) => a >= b),
        ["e"] = (static (c, l) => c.je(l), static (a, b) => a == b),
        ["ne"] = (static (c, l) => c.jne(l), static (a, b) => a != b),
        ["be"] = (static (c, l) => c.jbe(l), static (a, b) => a <= b),
        ["a"] = (static (c, l) => c.ja(l), static (a, b) => a > b),
        ["s"] = (static (c, l) => c.js(l), static (a, b) => (long)(a - b) < 0),
        ["ns"] = (static (c, l) => c.jns(l), static (a, b) => (long)(a - b) >= 0),
        ["p"] = (static (c, l) => c.jp(l), static (a, b) => ulong.PopCount((a - b) & 0xFF) % 2 == 0),
        ["np"] = (static (c, l) => c.jnp(l), static (a, b) => ulong.PopCount((a - b) & 0xFF) % 2 == 1),
        ["l"] = (static (c, l) => c.jl(l), static (a, b) => (long)a < (long)b),
        ["ge"] = (static (c, l) => c.jge(l), static (a, b) => (long)a >= (long)b),
        ["le"] = (static (c, l) => c.jle(l), static (a, b) => (long)a <= (long)b),
        ["g"] = (static (c, l) => c.jg(l), static (a, b) => (long)a > (long)b),
    };

    public static TheoryData<string> Conditions => [.. _conditions.Keys];

    [Theory]
    [MemberData(nameof(Conditions))]
    public void Jump_IsTakenWhenTheConditionHolds(string condition)
    {
        var (jump, holds) = _conditions[condition];
        var c = new Assembler(64);
        var taken = c.CreateLabel();
        c.xor(eax, eax);
        c.cmp(rdi, rsi);
        jump(c, taken);
        c.ret();
        c.Label(ref taken);
        c.mov(eax, 1);
        c.ret();
        byte[] code = Snippet.Assemble(c);
        using var native = NativeFunction.Works ? new NativeFunction(code) : null;
        foreach (ulong a in _values)
        {
            foreach (ulong b in _values)
            {
                ulong expected = holds(a, b) ? 1ul : 0;
                Assert.Equal(expected, new Machine().Run(code, a, b));
                if (native is not null) Assert.Equal(expected, native.Call(a, b));
            }
        }
    }
}
