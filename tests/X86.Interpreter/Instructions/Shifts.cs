using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Shifts of general registers and memory.</summary>
internal static class Shifts
{
    /// <summary>The result of a shift by a count above zero, the last bit shifted out, and the overflow flag (defined for a count of one).</summary>
    private delegate (ulong Result, bool Carry, bool Overflow) Operation(ulong value, int count, int bits);

    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler>
    {
        [Mnemonic.Shl] = Shift(static (a, n, bits) =>
        {
            // 128 bits: the bit shifted out of 64 stays visible.
            UInt128 wide = (UInt128)a << n;
            bool carry = (wide >> bits & 1) != 0;
            return ((ulong)wide, carry, carry != ((wide >> bits - 1 & 1) != 0));
        }),
        [Mnemonic.Shr] = Shift(static (a, n, bits) => (a >> n, (a >> n - 1 & 1) != 0, (a >> bits - 1 & 1) != 0)),
        [Mnemonic.Sar] = Shift(static (a, n, bits) =>
        {
            long signed = (long)(a << 64 - bits) >> 64 - bits;
            return ((ulong)(signed >> n), (signed >> n - 1 & 1) != 0, false);
        }),
    };

    private static Handler Shift(Operation operation) => (p, in i) =>
    {
        int bits = 8 * Processor.SizeOf(i, 0);
        ulong value = p.Read(i, 0);
        int count = (int)p.Read(i, 1) & (bits == 64 ? 63 : 31);
        if (count == 0)
        {
            // Changes no flag, but writes: a 32-bit register is still cleared above.
            p.Write(i, 0, value);
            return;
        }
        var (result, carry, overflow) = operation(value, count, bits);
        if (bits < 64) result &= (1ul << bits) - 1;
        p.Write(i, 0, result);
        p.Flags.Carry = carry;
        p.Flags.Overflow = overflow;
        p.Flags.SetResult(result, bits);
    };
}
