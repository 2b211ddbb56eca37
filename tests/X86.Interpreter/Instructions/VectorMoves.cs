using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Loads, stores and copies.</summary>
internal static class VectorMoves
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vmovups] = Move(4),
        [Mnemonic.Vmovupd] = Move(8),
        [Mnemonic.Vmovdqu] = Move(4),
        [Mnemonic.Vmovdqu8] = Move(1),
        [Mnemonic.Vmovdqu16] = Move(2),
        [Mnemonic.Vmovdqu32] = Move(4),
        [Mnemonic.Vmovdqu64] = Move(8),
        [Mnemonic.Vlddqu] = Move(4),
        [Mnemonic.Vmovaps] = Move(4, aligned: true),
        [Mnemonic.Vmovapd] = Move(8, aligned: true),
        [Mnemonic.Vmovdqa] = Move(4, aligned: true),
        [Mnemonic.Vmovdqa32] = Move(4, aligned: true),
        [Mnemonic.Vmovdqa64] = Move(8, aligned: true),
        [Mnemonic.Vmovntps] = Move(4, aligned: true),
        [Mnemonic.Vmovntdq] = Move(4, aligned: true),
        [Mnemonic.Vmovd] = Move(4),
        [Mnemonic.Vmovq] = Low(8),
        [Mnemonic.Vmovss] = Low(4),
    };

    private static VectorInstruction Move(int element, bool aligned = false) => new(Copy, element, element, aligned);

    private static void Copy(in VectorOperands o) => o.A[..Math.Min(o.A.Length, o.Result.Length)].CopyTo(o.Result);

    /// <summary>The lowest element alone: from the second source into the first where there are two, else with zeros above.</summary>
    private static VectorInstruction Low(int bytes) => new((in o) =>
    {
        if (!o.B.IsEmpty) o.A.CopyTo(o.Result);
        (o.B.IsEmpty ? o.A : o.B)[..bytes].CopyTo(o.Result);
    }, bytes, bytes, scalar: true);
}
