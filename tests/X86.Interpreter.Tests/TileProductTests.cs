using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>The product of AMX-BF16 against its formula, and where its rounding and flushing show.</summary>
public unsafe class TileProductTests
{
    private const uint One = 0x3F80_0000;
    private readonly Random _random = new(8);

    /// <summary>c += a · b, row-major dwords without gaps: c[rows, columns], a[rows, pairs], b[pairs, columns].</summary>
    private static uint[] Multiply(int rows, int columns, int pairs, uint[] c, uint[] a, uint[] b)
    {
        var configuration = new byte[64];
        configuration[0] = 1;
        (configuration[16], configuration[18], configuration[20]) = ((byte)(columns * 4), (byte)(pairs * 4), (byte)(columns * 4));
        (configuration[48], configuration[49], configuration[50]) = ((byte)rows, (byte)rows, (byte)pairs);
        var code = new Assembler(64);
        code.ldtilecfg(__[rdi]);
        code.mov(eax, columns * 4);
        code.mov(r8d, pairs * 4);
        code.tileloadd(tmm0, __[rsi + rax]);
        code.tileloadd(tmm1, __[rdx + r8]);
        code.tileloadd(tmm2, __[rcx + rax]);
        code.tdpbf16ps(tmm0, tmm1, tmm2);
        code.tilestored(__[rsi + rax], tmm0);
        code.tilerelease();
        code.ret();
        byte[] bytes = Snippet.Assemble(code);
        uint[] sums = [.. c], executed = [.. c];
        fixed (byte* k = configuration)
        fixed (uint* s = sums, e = executed, x = a, w = b)
        {
            var machine = new Machine().Allow("configuration", k, 64, writable: false).Allow("c", s, c.Length * 4, writable: true).Allow("a", x, a.Length * 4, writable: false).Allow("b", w, b.Length * 4, writable: false);
            machine.Run(bytes, (ulong)k, (ulong)s, (ulong)x, (ulong)w);
            if (machine.HostExecutes)
            {
                using var native = new NativeFunction(bytes);
                native.Call((ulong)k, (ulong)e, (ulong)x, (ulong)w);
                Assert.Equal(executed, sums);
            }
        }

        return sums;
    }

    private static uint Multiply(uint c, uint[] a, uint[] b) => Multiply(1, 1, a.Length, [c], a, b)[0];

    private static float Low(uint pair) => BitConverter.UInt32BitsToSingle(pair << 16);

    private static float High(uint pair) => BitConverter.UInt32BitsToSingle(pair & 0xFFFF_0000);

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>A lane of two bf16 numbers.</summary>
    private static uint Pair(uint low, uint high)
    {
        Assert.Equal(0u, (low | high) & 0xFFFF);
        return low >> 16 | high;
    }

    private uint[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => Pair(Bits(_random.NextSingle() - 0.5f) & 0xFFFF_0000, Bits(_random.NextSingle() - 0.5f) & 0xFFFF_0000))];

    [Theory]
    [InlineData(16, 16, 16)]
    [InlineData(1, 16, 16)]
    [InlineData(16, 16, 1)]
    [InlineData(3, 5, 7)]
    public void Product_SumsFirstsAndSecondsApart(int rows, int columns, int pairs)
    {
        // Of moderate size: nothing is flushed.
        uint[] c = [.. Enumerable.Range(0, rows * columns).Select(_ => Bits(_random.NextSingle()))], a = Numbers(rows * pairs), b = Numbers(pairs * columns);
        uint[] result = Multiply(rows, columns, pairs, c, a, b);
        for (int m = 0; m < rows; m++)
            for (int n = 0; n < columns; n++)
            {
                float first = 0, second = 0;
                for (int k = 0; k < pairs; k++)
                {
                    first = MathF.FusedMultiplyAdd(Low(a[(m * pairs) + k]), Low(b[(k * columns) + n]), first);
                    second = MathF.FusedMultiplyAdd(High(a[(m * pairs) + k]), High(b[(k * columns) + n]), second);
                }

                Assert.Equal(Bits(BitConverter.UInt32BitsToSingle(c[(m * columns) + n]) + (first + second)), result[(m * columns) + n]);
            }
    }

    [Fact]
    public void Product_RoundsEverySum()
    {
        uint large = Bits(1 << 24), minusLarge = Bits(-(1 << 24)), ones = Pair(One, One);
        // 2^24 + 1 rounds to 2^24, wherever the two meet: in one of the sums, between them, at the destination.
        Assert.Equal(0u, Multiply(0, [Pair(large, 0), Pair(One, 0), Pair(minusLarge, 0)], [ones, ones, ones]));
        Assert.Equal(One, Multiply(0, [Pair(large, 0), Pair(minusLarge, 0), Pair(One, 0)], [ones, ones, ones]));
        Assert.Equal(0u, Multiply(minusLarge, [Pair(large, One)], [ones]));
        // Kept apart from the destination until the end, the one is lost only then.
        Assert.Equal(large, Multiply(large, [Pair(One, 0)], [ones]));
        Assert.Equal(Bits((1 << 24) + 2), Multiply(large, [Pair(One, One)], [ones]));
    }

    [Theory]
    // Denormal destinations, elements and products count as zero.
    [InlineData(0x0000_0001u, 0u, 0u, 0u)]
    [InlineData(0x0000_0000u, 0x007F_0000u, 0x7F00_0000u, 0u)]
    [InlineData(0x0000_0000u, 0x0080_0000u, 0x3F00_0000u, 0u)]
    [InlineData(0x0000_0000u, 0x0080_0000u, 0x4000_0000u, 0x0100_0000u)]
    // Of 2^-126 + 2^-149, less 2^-126 a tiny rest, negative or not.
    [InlineData(0x0080_0001u, 0x8080_0000u, 0x3F80_0000u, 0u)]
    [InlineData(0x8080_0001u, 0x0080_0000u, 0x3F80_0000u, 0x8000_0000u)]
    // Zero products of a negative sign leave positive sums: they start from zero; a destination of -0 does not survive that.
    [InlineData(0x8000_0000u, 0x8000_0000u, 0x3F80_0000u, 0u)]
    // An infinity times zero or a denormal is invalid; a NaN comes out quiet.
    [InlineData(0u, 0x7F80_0000u, 0x0000_0000u, 0xFFC0_0000u)]
    [InlineData(0u, 0x7F80_0000u, 0x007F_0000u, 0xFFC0_0000u)]
    [InlineData(0u, 0x7F85_0000u, 0x3F80_0000u, 0x7FC5_0000u)]
    [InlineData(0xFF81_2345u, 0x3F80_0000u, 0x3F80_0000u, 0xFFC1_2345u)]
    public void Product_FlushesDenormalsAndQuietsNaNs(uint destination, uint a, uint b, uint expected)
    {
        Assert.Equal(expected, Multiply(destination, [Pair(a, 0)], [Pair(b, 0)]));
        Assert.Equal(expected, Multiply(destination, [Pair(0, a)], [Pair(0, b)]));
    }

    [Fact]
    public void Product_OfFewerPairs_IsThatOfZerosBehindThem()
    {
        uint[] c = Numbers(1), a = Numbers(5), b = Numbers(5), zeros = new uint[11];
        Assert.Equal(Multiply(c[0], a, b), Multiply(c[0], [.. a, .. zeros], [.. b, .. zeros]));
    }

    [Fact]
    public void Product_OfTilesThatDoNotFit_Faults()
    {
        // c, a, b: rows, bytes. Each differs from the first in one number.
        (int, int)[][] shapes = [[(2, 8), (2, 12), (3, 8)], [(1, 8), (2, 12), (3, 8)], [(2, 4), (2, 12), (3, 8)], [(2, 8), (2, 8), (3, 8)], [(2, 8), (2, 12), (2, 8)], [(2, 8), (2, 13), (3, 8)], [(2, 9), (2, 12), (3, 9)]];
        foreach (var shape in shapes)
            Check(shape, shape == shapes[0] ? null : FaultKind.InvalidTile, tmm0, tmm1, tmm2);
        (int, int)[] square = [(2, 8), (2, 8), (2, 8)];
        Check(square, null, tmm2, tmm0, tmm1);
        // A tile in two roles is no instruction at all.
        Check(square, FaultKind.UnknownInstruction, tmm0, tmm0, tmm1);
        Check(square, FaultKind.UnknownInstruction, tmm0, tmm1, tmm0);
        Check(square, FaultKind.UnknownInstruction, tmm0, tmm1, tmm1);
    }

    private static void Check((int Rows, int Bytes)[] tiles, FaultKind? fault, AssemblerRegisterTMM c, AssemblerRegisterTMM a, AssemblerRegisterTMM b)
    {
        byte* configuration = stackalloc byte[64];
        new Span<byte>(configuration, 64).Clear();
        configuration[0] = 1;
        for (int t = 0; t < tiles.Length; t++)
            (configuration[48 + t], configuration[16 + (2 * t)]) = ((byte)tiles[t].Rows, (byte)tiles[t].Bytes);
        var code = new Assembler(64);
        code.ldtilecfg(__[rdi]);
        code.tdpbf16ps(c, a, b);
        code.tilerelease();
        code.ret();
        byte[] bytes = Snippet.Assemble(code);
        var machine = new Machine().Allow("configuration", configuration, 64, writable: false);
        ulong address = (ulong)configuration;
        if (fault is null)
            machine.Run(bytes, address);
        else
            Assert.Equal(fault, Assert.Throws<MachineFaultException>(() => machine.Run(bytes, address)).Kind);
    }
}
