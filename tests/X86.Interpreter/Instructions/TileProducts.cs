using System.Runtime.InteropServices;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>AMX-BF16: c[m, n] += a[m, k] · b[k, n] of tiles whose dwords are pairs of bf16.</summary>
internal static class TileProducts
{
    private const uint One = 0x3F80_0000;

    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler> { [Mnemonic.Tdpbf16ps] = BFloat16 };

    /// <summary>
    /// The manual's pseudocode: the first and the second products of the pairs are summed apart from zero on, a fused step each, then the two
    /// sums, then the destination; to nearest even, denormals taken as and made zero, MXCSR neither read nor written. Which of several NaNs
    /// comes out it does not say.
    /// </summary>
    private static void BFloat16(Processor p, in Instruction i)
    {
        var tiles = p.Registers.Tiles;
        int c = TileMoves.Usable(p, i, 0), a = TileMoves.Usable(p, i, 1), b = TileMoves.Usable(p, i, 2);
        Check(p, c, a, b);
        int pairs = tiles.RowBytes(a) / sizeof(uint), columns = tiles.RowBytes(c) / sizeof(uint);
        for (int m = 0; m < tiles.Rows(c); m++)
        {
            var row = MemoryMarshal.Cast<byte, uint>(tiles.Row(a, m));
            var sums = MemoryMarshal.Cast<byte, uint>(tiles.Row(c, m));
            for (int n = 0; n < columns; n++)
            {
                uint first = 0, second = 0;
                for (int k = 0; k < pairs; k++)
                {
                    uint x = row[k], y = MemoryMarshal.Cast<byte, uint>(tiles.Row(b, k))[n];
                    first = Float32.FlushingMultiplyAdd(x << 16, y << 16, first);
                    second = Float32.FlushingMultiplyAdd(x & 0xFFFF_0000, y & 0xFFFF_0000, second);
                }

                sums[n] = Add(sums[n], Add(first, second));
            }

            sums[columns..].Clear();
        }

        tiles.ClearRows(c, tiles.Rows(c));
    }

    private static uint Add(uint a, uint b) => Float32.FlushingMultiplyAdd(a, One, b);

    /// <summary>Exception class AMX-E4, but for a tile in two roles: that does not decode.</summary>
    private static void Check(Processor p, int c, int a, int b)
    {
        var t = p.Registers.Tiles;
        bool fits = t.StartRow == 0 && t.RowBytes(c) % sizeof(uint) == 0 && t.RowBytes(a) % sizeof(uint) == 0 && t.RowBytes(b) % sizeof(uint) == 0
            && t.RowBytes(c) == t.RowBytes(b) && t.Rows(c) == t.Rows(a) && t.RowBytes(a) / sizeof(uint) == t.Rows(b);
        if (!fits)
            throw p.Fault(FaultKind.InvalidTile, $"[{t.Rows(c)}, {t.RowBytes(c)} bytes] += [{t.Rows(a)}, {t.RowBytes(a)} bytes] * [{t.Rows(b)}, {t.RowBytes(b)} bytes] in tmm{c}, tmm{a}, tmm{b} from row {t.StartRow}");
    }
}
