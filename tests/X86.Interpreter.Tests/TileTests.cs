using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>AMX's tiles: configuration, loads and stores, and what faults. Few hosts execute them; one that does is compared with.</summary>
public unsafe class TileTests
{
    private const int Stride = 80;

    /// <summary>Code around instructions on tiles: configuration at rdi, a matrix of rows 80 bytes apart at rsi, another at rdx.</summary>
    private static byte[] Code(Action<Assembler> write, bool release = true)
    {
        var c = new Assembler(64);
        c.mov(eax, Stride);
        c.ldtilecfg(__[rdi]);
        write(c);
        if (release)
            c.tilerelease();
        c.ret();
        return Snippet.Assemble(c);
    }

    private static byte[] Configuration(params (int Rows, int RowBytes)[] tiles)
    {
        var memory = new byte[Tiles.ConfigurationBytes];
        memory[0] = 1;
        for (int t = 0; t < tiles.Length; t++)
            (memory[48 + t], memory[16 + (2 * t)]) = ((byte)tiles[t].Rows, (byte)tiles[t].RowBytes);
        return memory;
    }

    /// <summary>Runs code and, where the host can, executes it as well; returns the second matrix.</summary>
    private static byte[] Run(byte[] code, byte[] configuration, byte[] source, byte[] destination)
    {
        byte[] interpreted = [.. destination], executed = [.. destination];
        fixed (byte* c = configuration, s = source, d = interpreted, e = executed)
        {
            var machine = new Machine().Allow("configuration", c, configuration.Length, writable: true).Allow("source", s, source.Length, writable: false).Allow("destination", d, interpreted.Length, writable: true);
            machine.Run(code, (ulong)c, (ulong)s, (ulong)d);
            if (machine.HostExecutes)
            {
                using var native = new NativeFunction(code);
                native.Call((ulong)c, (ulong)s, (ulong)e);
                Assert.Equal(executed, interpreted);
            }
        }

        return interpreted;
    }

    private static FaultKind Fault(byte[] code, byte[] configuration) =>
        Assert.Throws<MachineFaultException>(() => Run(code, configuration, new byte[Stride * 16], new byte[Stride * 16])).Kind;

    private static byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    [Theory]
    [InlineData(16, 64)]
    [InlineData(1, 4)]
    [InlineData(5, 23)]
    public void LoadAndStore_TouchTheRowsAndBytesOfTheConfiguration(int rows, int bytes)
    {
        // Exactly what may be read: the last row ends where the matrix does.
        byte[] source = RandomBytes(((rows - 1) * Stride) + bytes), before = RandomBytes(source.Length + Stride);
        byte[] code = Code(static c =>
        {
            c.tileloadd(tmm3, __[rsi + rax]);
            c.tilestored(__[rdx + rax], tmm3);
        });
        byte[] after = Run(code, Configuration((1, 4), (1, 4), (1, 4), (rows, bytes)), source, before);
        for (int i = 0; i < after.Length; i++)
            Assert.Equal(i / Stride < rows && i % Stride < bytes ? source[i] : before[i], after[i]);
        Assert.Equal(FaultKind.OutOfRange, Assert.Throws<MachineFaultException>(() => Run(code, Configuration((1, 4), (1, 4), (1, 4), (rows, bytes)), source[..^1], before)).Kind);
    }

    [Fact]
    public void Load_OfScaledIndexAndDisplacement_CountsRowsByTheIndexAlone()
    {
        byte[] source = RandomBytes(400);
        byte[] after = Run(
            Code(static c =>
            {
                c.mov(ecx, 20);
                c.tileloaddt1(tmm0, __[rsi + (rcx * 4) + 9]);
                c.tilestored(__[rdx + rax], tmm0);
            }),
            Configuration((3, 8)), source, new byte[3 * Stride]);
        for (int r = 0; r < 3; r++)
            Assert.Equal(source.AsSpan(9 + (r * 80), 8).ToArray(), after.AsSpan(r * Stride, 8).ToArray());
    }

    [Fact]
    public void Load_WithoutAnIndex_RepeatsOneRow()
    {
        byte[] source = RandomBytes(16);
        byte[] after = Run(Code(static c => { c.tileloadd(tmm0, __[rsi]); c.tilestored(__[rdx + rax], tmm0); }), Configuration((2, 16)), source, new byte[2 * Stride]);
        Assert.Equal(source, after.AsSpan(0, 16).ToArray());
        Assert.Equal(source, after.AsSpan(Stride, 16).ToArray());
    }

    [Fact]
    public void Configuration_Loaded_ZeroesTilesAndIsStoredAsItWas()
    {
        byte[] configuration = Configuration((4, 8), (16, 64), (1, 12));
        byte[] after = Run(
            Code(static c =>
            {
                c.tileloadd(tmm0, __[rsi + rax]);
                c.ldtilecfg(__[rdi]);
                c.tilestored(__[rdx + rax], tmm0);
                c.sttilecfg(__[rdx + (4 * Stride)]);
                c.tilerelease();
                c.sttilecfg(__[rdx + (4 * Stride) + 64]);
            }),
            configuration, RandomBytes(4 * Stride), Enumerable.Repeat((byte)0xEE, (4 * Stride) + 128).ToArray());
        Assert.Equal(new byte[8], after.AsSpan(3 * Stride, 8).ToArray());
        Assert.Equal(configuration, after.AsSpan(4 * Stride, 64).ToArray());
        Assert.Equal(new byte[64], after.AsSpan((4 * Stride) + 64).ToArray());
    }

    [Fact]
    public void Zero_ClearsOneTile()
    {
        byte[] source = RandomBytes(4);
        byte[] after = Run(
            Code(static c =>
            {
                c.tileloadd(tmm0, __[rsi + rax]);
                c.tileloadd(tmm1, __[rsi + rax]);
                c.tilezero(tmm0);
                c.tilestored(__[rdx + rax], tmm0);
                c.tilestored(__[rdx + rax + 4], tmm1);
            }),
            Configuration((1, 4), (1, 4)), source, RandomBytes(8));
        Assert.Equal([0, 0, 0, 0, .. source], after);
    }

    [Theory]
    // Palette 2, reserved bytes, rows without bytes and the other way round, too much of both.
    [InlineData(0, 2)]
    [InlineData(2, 1)]
    [InlineData(15, 1)]
    [InlineData(32, 1)]
    [InlineData(47, 1)]
    [InlineData(56, 1)]
    [InlineData(63, 1)]
    [InlineData(49, 1)]
    [InlineData(18, 4)]
    [InlineData(48, 17)]
    [InlineData(16, 65)]
    [InlineData(17, 1)]
    public void Configuration_ThatIsNone_Faults(int at, byte value)
    {
        byte[] configuration = Configuration((1, 4));
        Assert.NotEmpty(Run(Code(static _ => { }), configuration, [0], [0]));
        configuration[at] = value;
        Assert.Equal(FaultKind.InvalidTile, Fault(Code(static _ => { }), configuration));
    }

    [Fact]
    public void Configuration_OfPaletteZero_IsARelease()
    {
        Assert.Equal(FaultKind.InvalidTile, Fault(Code(static c => c.tilezero(tmm0)), new byte[Tiles.ConfigurationBytes]));
        Run(Code(static _ => { }, release: false), new byte[Tiles.ConfigurationBytes], [0], [0]);
    }

    [Fact]
    public void Tile_NotConfigured_Faults()
    {
        byte[] one = Configuration((1, 4));
        foreach (var use in (Action<Assembler>[])[static c => c.tilezero(tmm1), static c => c.tileloadd(tmm1, __[rsi + rax]), static c => c.tilestored(__[rdx + rax], tmm1), static c => c.tdpbf16ps(tmm0, tmm1, tmm2)])
            Assert.Equal(FaultKind.InvalidTile, Fault(Code(use), one));
        Assert.Equal(FaultKind.InvalidTile, Fault(Code(static c => { c.tilerelease(); c.tilezero(tmm0); }), one));
    }

    [Fact]
    public void Release_Missing_IsReported() => Assert.Equal(FaultKind.MissingTilerelease, Fault(Code(static _ => { }, release: false), Configuration((1, 4))));
}
