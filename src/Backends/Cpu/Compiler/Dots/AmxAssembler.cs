using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Assembles micro-kernels of AMX-BF16, with the arguments of <see cref="DotAssembler"/>. Rows of bf16 are its first operand as they lie, a
/// panel's pairs, [k/2][16][2], its second: rows of a tile are 64 bytes of either, and of c.
/// </summary>
/// <remarks>
/// One tdpbf16ps adds 32 steps of the contraction: the sums of its even and of its odd steps, each from zero. The steps left over are one
/// of narrower tiles, with the bits that zeros behind them would give; the last of an odd contraction is a fused multiply-add, since neither
/// what follows it in a row nor what follows it in the panel may count. A row's bits are the same in every shape.
/// <para>
/// A configuration lasts for a call: nothing outside knows of tiles, and a processor that has them in use saves 8 KB more at every switch.
/// It is written to the red zone, which signal handlers leave alone. Loading it zeroes all tiles and costs some tens of cycles, c's way in and
/// out again as much, next to 16 for each tdpbf16ps: expected, not measured, a fifth of a full shape's call at k = 256, and less beyond. Other
/// than vectors, tiles have no prefetching here: a panel is one stream, and more than one strip of rows is more than 32 of them, which are
/// bound by multiplication.
/// </para>
/// </remarks>
internal sealed class AmxAssembler : LeafAssembler
{
    /// <summary>Rows of a tile.</summary>
    public const int TileRows = 16;

    // Bytes of a tile's row; steps of the contraction that it holds.
    private const int RowBytes = 64, Steps = 32;

    // The configuration, below the stack pointer, and what it holds where: words of bytes a row, bytes of rows.
    private const int Configuration = -64, Palette = 0, RowBytesAt = 16, RowsAt = 48;

    private readonly MicroKernel _kernel;

    // Accumulators come first, then tiles of rows, then tiles of panels.
    private readonly int _heights, _a, _b, _bTiles;

    private AmxAssembler(MachineForm form, MicroKernel kernel)
    {
        _kernel = kernel;
        _heights = form.Accumulators(kernel.Rows);
        _a = form.Tiles;
        _b = _a + _heights;
        _bTiles = form.Registers - _b;
    }

    /// <summary>The instructions of one shape.</summary>
    public static IReadOnlyList<Instruction> Assemble(MachineForm form, MicroKernel kernel) => new AmxAssembler(form, kernel).Assemble();

    protected override void Emit()
    {
        var (products, loop, tail, last, done) = (Asm.CreateLabel(), Asm.CreateLabel(), Asm.CreateLabel(), Asm.CreateLabel(), Asm.CreateLabel());
        Asm.add(rsi, rsi);
        WriteConfiguration();

        // r8: steps beyond the next product. eax: bytes of a row that it takes.
        Asm.mov(eax, RowBytes);
        Asm.sub(r8, Steps);
        Asm.jl(tail);
        Asm.Label(ref products);
        Configure();
        Accumulators(load: true);
        Asm.mov(r11d, RowBytes);
        Asm.Label(ref loop);
        Products();
        Asm.add(rdi, rax);
        // 16 bytes of a panel to each of a row.
        Asm.lea(rdx, __[rdx + (rax * 8)]);
        Asm.lea(rdx, __[rdx + (rax * 8)]);
        Asm.sub(r8, Steps);
        Asm.jge(loop);
        Accumulators(load: false);

        // Once more with the pairs that are left; then r8 is 1 where a step is.
        Asm.Label(ref tail);
        Asm.add(r8, Steps);
        Asm.mov(eax, r8d);
        Asm.and(r8d, 1);
        Asm.and(eax, Steps - 2);
        Asm.je(last);
        Asm.add(eax, eax);
        Asm.jmp(products);
        Asm.Label(ref last);
        Asm.test(r8d, r8d);
        Asm.je(done);
        LastStep();
        Asm.Label(ref done);
        Asm.tilerelease();
        Asm.vzeroupper();
        Asm.ret();
    }

    /// <summary>All of the configuration but what depends on the contraction; tiles that are not used are configured as well.</summary>
    private void WriteConfiguration()
    {
        Asm.vpxor(xmm0, xmm0, xmm0);
        Asm.vmovups(__zmmword_ptr[rsp + Configuration], zmm0);
        Asm.mov(__byte_ptr[rsp + Configuration + Palette], 1);
        ulong rowBytes = 0, rows = 0;
        for (int t = 0; t < 4; t++)
            rowBytes |= (ulong)RowBytes << (16 * t);
        for (int t = 0; t < _b; t++)
            rows |= (ulong)RowsOf(t < _a ? Math.Min(t / _kernel.Panels, _heights - 1) : t - _a) << (8 * t);
        Asm.mov(rax, rowBytes);
        Asm.mov(__qword_ptr[rsp + Configuration + RowBytesAt], rax);
        Asm.mov(__qword_ptr[rsp + Configuration + RowBytesAt + sizeof(ulong)], rax);
        Asm.mov(rax, rows);
        Asm.mov(__qword_ptr[rsp + Configuration + RowsAt], rax);
    }

    /// <summary>Loads the configuration for products of eax bytes of a row; changes r10.</summary>
    private void Configure()
    {
        for (int t = _a; t < _b; t++)
            Asm.mov(__word_ptr[rsp + Configuration + RowBytesAt + (sizeof(ushort) * t)], ax);
        Asm.mov(r10d, eax);
        Asm.shr(r10d, 2);
        for (int t = _b; t < _b + _bTiles; t++)
            Asm.mov(__byte_ptr[rsp + Configuration + RowsAt + t], r10b);
        Asm.ldtilecfg(__[rsp + Configuration]);
    }

    /// <summary>c to tiles, or back; changes r10 and r11.</summary>
    private void Accumulators(bool load)
    {
        LoadStrideOfC();
        for (int h = 0; h < _heights; h++)
        {
            if (h > 0)
                SixteenRowsOn(r11, r9, r10);
            for (int p = 0; p < _kernel.Panels; p++)
            {
                var memory = __[(h == 0 ? r9 : r11) + r10 + (p * RowBytes)];
                if (load)
                    Asm.tileloadd(Accumulator(h, p), memory);
                else
                    Asm.tilestored(memory, Accumulator(h, p));
            }
        }
    }

    /// <summary>32 steps, or what is left, of all rows and panels; changes r10.</summary>
    private void Products()
    {
        Asm.tileloadd(Tile(_a), __[rdi + rsi]);
        if (_heights > 1)
        {
            SixteenRowsOn(r10, rdi, rsi);
            Asm.tileloadd(Tile(_a + 1), __[r10 + rsi]);
        }

        for (int p = 0; p < _kernel.Panels; p++)
        {
            var panel = Tile(_b + (p % _bTiles));
            Asm.tileloadd(panel, __[PanelStart(p, r10) + r11]);
            for (int h = 0; h < _heights; h++)
                Asm.tdpbf16ps(Accumulator(h, p), Tile(_a + h), panel);
        }
    }

    /// <summary>The first of the pair at rdi by that at rdx, row by row; its second is read of the panel alone, and shifted out.</summary>
    private void LastStep()
    {
        const int row = MicroKernel.MaxPanels, sum = row + 1;
        var next = Asm.CreateLabel();
        LoadStrideOfC();
        for (int p = 0; p < _kernel.Panels; p++)
            Asm.vpslld(Zmm(p), __zmmword_ptr[PanelStart(p, r11)], 16);
        Asm.mov(eax, _kernel.Rows);
        Asm.Label(ref next);
        Asm.movzx(r11d, __word_ptr[rdi]);
        Asm.shl(r11d, 16);
        Asm.vpbroadcastd(Zmm(row), r11d);
        for (int p = 0; p < _kernel.Panels; p++)
        {
            Asm.vmovups(Zmm(sum), __zmmword_ptr[r9 + (p * RowBytes)]);
            Asm.vfmadd231ps(Zmm(sum), Zmm(p), Zmm(row));
            Asm.vmovups(__zmmword_ptr[r9 + (p * RowBytes)], Zmm(sum));
        }

        Asm.add(rdi, rsi);
        Asm.add(r9, r10);
        Asm.dec(eax);
        Asm.jne(next);
    }

    /// <summary>Bytes between rows of c, to r10.</summary>
    private void LoadStrideOfC()
    {
        Asm.mov(r10, __qword_ptr[rsp + 8]);
        Asm.shl(r10, 2);
    }

    /// <summary>The register that holds a panel's address; panels from the second on take one that the panel before left as it was.</summary>
    private AssemblerRegister64 PanelStart(int panel, AssemblerRegister64 other)
    {
        if (panel == 0)
            return rdx;
        if (panel == 1)
            Asm.lea(other, __[rdx + rcx]);
        else
            Asm.add(other, rcx);
        return other;
    }

    private void SixteenRowsOn(AssemblerRegister64 result, AssemblerRegister64 start, AssemblerRegister64 stride)
    {
        Asm.lea(result, __[start + (stride * 8)]);
        Asm.lea(result, __[result + (stride * 8)]);
    }

    private int RowsOf(int height) => Math.Min(TileRows, _kernel.Rows - (height * TileRows));

    private AssemblerRegisterTMM Accumulator(int height, int panel) => Tile((height * _kernel.Panels) + panel);

    private static AssemblerRegisterTMM Tile(int i) => new((Register)((int)Register.TMM0 + i));
}
