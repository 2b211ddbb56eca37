using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Parts of a register, taken out or put in at the place that the immediate names.</summary>
internal static class Blocks
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vinsertf128] = Insert(16, 4),
        [Mnemonic.Vinserti128] = Insert(16, 4),
        [Mnemonic.Vinsertf32x4] = Insert(16, 4),
        [Mnemonic.Vinserti32x4] = Insert(16, 4),
        [Mnemonic.Vinsertf64x4] = Insert(32, 8),
        [Mnemonic.Vinserti64x4] = Insert(32, 8),
        [Mnemonic.Vextractf128] = Extract(16, 4),
        [Mnemonic.Vextracti128] = Extract(16, 4),
        [Mnemonic.Vextractf32x4] = Extract(16, 4),
        [Mnemonic.Vextracti32x4] = Extract(16, 4),
        [Mnemonic.Vextractf64x4] = Extract(32, 8),
        [Mnemonic.Vextracti64x4] = Extract(32, 8),
        [Mnemonic.Vextractf32x8] = Extract(32, 4),
        [Mnemonic.Vextracti32x8] = Extract(32, 4),
        [Mnemonic.Vperm2f128] = Select(),
        [Mnemonic.Vperm2i128] = Select(),
        [Mnemonic.Vblendps] = Blend(),
        [Mnemonic.Vpblendd] = Blend(),
    };

    /// <summary>Each half from one of the sources' four, or zero, as four bits of the immediate say.</summary>
    private static VectorInstruction Select() => new((in o) =>
    {
        const int Half = 16;
        for (int half = 0; half < 2; half++)
        {
            int selector = o.Immediate >> 4 * half;
            if ((selector & 8) == 0) ((selector & 2) == 0 ? o.A : o.B).Slice((selector & 1) * Half, Half).CopyTo(o.Result[(half * Half)..]);
        }
    }, element: 4, source: 0);

    /// <summary>Each lane from the second source where the immediate's bit is set.</summary>
    private static VectorInstruction Blend() => new((in o) =>
    {
        for (int i = 0; i < o.Result.Length / sizeof(uint); i++)
            ((o.Immediate >> i & 1) == 0 ? o.A : o.B).Slice(i * sizeof(uint), sizeof(uint)).CopyTo(o.Result[(i * sizeof(uint))..]);
    }, element: 4, source: 0);

    private static VectorInstruction Insert(int bytes, int element) => new((in o) =>
    {
        o.A.CopyTo(o.Result);
        o.B[..bytes].CopyTo(o.Result[Place(o.Immediate, bytes, o.Result.Length)..]);
    }, element, source: 0);

    private static VectorInstruction Extract(int bytes, int element) => new((in o) => o.A.Slice(Place(o.Immediate, bytes, o.A.Length), bytes).CopyTo(o.Result), element, source: 0);

    /// <summary>Only as many bits of the immediate count as there are blocks to tell apart.</summary>
    private static int Place(byte immediate, int bytes, int length) => (immediate & (length / bytes) - 1) * bytes;
}
