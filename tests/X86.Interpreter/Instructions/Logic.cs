using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Bitwise operations; the mnemonic's last letter only says what a mask bit governs.</summary>
internal static class Logic
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>(
        Family<uint>(static (a, b) => a & b, Mnemonic.Vpand, Mnemonic.Vpandd, Mnemonic.Vandps)
            .Concat(Family<ulong>(static (a, b) => a & b, Mnemonic.Vpandq, Mnemonic.Vandpd))
            .Concat(Family<uint>(static (a, b) => ~a & b, Mnemonic.Vpandn, Mnemonic.Vpandnd, Mnemonic.Vandnps))
            .Concat(Family<ulong>(static (a, b) => ~a & b, Mnemonic.Vpandnq, Mnemonic.Vandnpd))
            .Concat(Family<uint>(static (a, b) => a | b, Mnemonic.Vpor, Mnemonic.Vpord, Mnemonic.Vorps))
            .Concat(Family<ulong>(static (a, b) => a | b, Mnemonic.Vporq, Mnemonic.Vorpd))
            .Concat(Family<uint>(static (a, b) => a ^ b, Mnemonic.Vpxor, Mnemonic.Vpxord, Mnemonic.Vxorps))
            .Concat(Family<ulong>(static (a, b) => a ^ b, Mnemonic.Vpxorq, Mnemonic.Vxorpd)))
    {
        [Mnemonic.Vpternlogd] = Lanes.Ternary<uint>(static (d, a, b, table) => (uint)Choose(d, a, b, table)),
        [Mnemonic.Vpternlogq] = Lanes.Ternary<ulong>(Choose),
    };

    private static IEnumerable<KeyValuePair<Mnemonic, VectorInstruction>> Family<T>(Func<T, T, T> lane, params Mnemonic[] names) where T : unmanaged =>
        names.Select(n => new KeyValuePair<Mnemonic, VectorInstruction>(n, Lanes.Binary(lane)));

    /// <summary>Each bit from the table, indexed by the destination's bit (highest) and the sources'.</summary>
    private static ulong Choose(ulong d, ulong a, ulong b, byte table)
    {
        ulong result = 0;
        for (int row = 0; row < 8; row++)
        {
            if ((table >> row & 1) == 0) continue;
            result |= ((row & 4) != 0 ? d : ~d) & ((row & 2) != 0 ? a : ~a) & ((row & 1) != 0 ? b : ~b);
        }
        return result;
    }
}
