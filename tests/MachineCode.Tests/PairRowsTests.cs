using Iced.Intel;
using KernelDsl.Backends.Cpu.Device;
using static Iced.Intel.AssemblerRegisters;
using bf16 = KernelDsl.BFloat16;

namespace KernelDsl.MachineTests;

/// <summary>
/// What SimdDot does around kernels that multiply pairs or tiles (rounding rows to bf16, cutting them into strips), on hosts without such
/// instructions: the tables' shapes are vdpbf16ps's steps in AVX2.
/// </summary>
public unsafe class PairRowsTests
{
    private const int Rows = 37, Columns = 40, Stride = 48, Behind = 2;

    [SetFact(InstructionSet.Avx2)]
    public void Weight_WithAKernelOfPairs_SumsWhatLivesAndNothingElse() => Check(InstructionSet.Avx512Bf16, PanelFormat.Bf16Pairs, mostRows: 8);

    [SetFact(InstructionSet.Avx2)]
    public void Weight_WithAKernelOfTiles_SumsWhatLivesAndNothingElse() => Check(InstructionSet.Amx, PanelFormat.Bf16Tiles, mostRows: 32);

    private static void Check(InstructionSet set, PanelFormat format, int mostRows)
    {
        var table = new MicroKernels(set);
        for (int rows = 1; rows <= mostRows; rows++)
            table.Add(format, rows, 1, OnePanel(rows));
        table.Seal();
        foreach (int k in new[] { 1, 2, 15, 16, 17, 33 })
            Check(table, k);
    }

    private static void Check(MicroKernels table, int k)
    {
        var random = new Random(k);
        int panelStride = (int)Panels.Elements(k + Behind), aStride = k + 3;
        float[] a = Poisoned(Rows * aStride), c = Poisoned(Rows * Stride), room = Poisoned((Panels.Width * MicroKernels.MaxPanels * k) + (Rows * (k + 1)));
        var b = new bf16[(Columns + Panels.Width - 1) / Panels.Width * panelStride];
        Array.Fill(b, (bf16)float.NaN);
        var sums = new double[Rows, Columns];
        for (int i = 0; i < k; i++)
        {
            for (int r = 0; r < Rows; r++)
                a[(r * aStride) + i] = (float)(bf16)random.NextSingle();
            for (int n = 0; n < Columns; n++)
            {
                var weight = (bf16)(random.NextSingle() - 0.5f);
                b[(n / Panels.Width * panelStride) + (i / 2 * Panels.Width * 2) + (n % Panels.Width * 2) + (i % 2)] = weight;
                for (int r = 0; r < Rows; r++)
                    sums[r, n] += a[(r * aStride) + i] * (double)(float)weight;
            }
        }

        for (int r = 0; r < Rows; r++)
            c.AsSpan(r * Stride, Columns).Fill(1);
        fixed (float* rows = a, result = c, working = room)
        fixed (bf16* panels = b)
        {
            var weight = new KernelArgument { Data = panels, Dim0 = Columns, Dim1 = k + Behind };
            SimdDot.Weight(table, rows, aStride, Rows, &weight, 0, 0, k, result, Stride, Columns, working);
        }

        for (int r = 0; r < Rows; r++)
            for (int n = 0; n < Columns; n++)
                Assert.Equal(1 + sums[r, n], c[(r * Stride) + n], 1e-5);
    }

    private static float[] Poisoned(int length)
    {
        var values = new float[length];
        Array.Fill(values, float.NaN);
        return values;
    }

    /// <summary>(a, aStride, b, panelBytes, k, c, cStride), of which one panel does not need panelBytes.</summary>
    private static byte[] OnePanel(int rows)
    {
        var asm = new Assembler(64);
        Label row = asm.CreateLabel(), loop = asm.CreateLabel(), last = asm.CreateLabel(), done = asm.CreateLabel();
        asm.mov(eax, unchecked((int)0xffff0000));
        asm.vmovd(xmm15, eax);
        asm.vpbroadcastd(ymm15, xmm15);
        asm.mov(r10, rdi);
        asm.mov(r11, r8);
        asm.mov(ecx, rows);
        asm.Label(ref row);
        asm.mov(rdi, r10);
        asm.mov(r8, r11);
        asm.mov(rax, rdx);
        asm.vmovups(ymm0, __ymmword_ptr[r9]);
        asm.vmovups(ymm1, __ymmword_ptr[r9 + 32]);
        asm.sub(r8, 2);
        asm.jl(last);
        asm.Label(ref loop);
        asm.vpbroadcastd(ymm2, __dword_ptr[rdi]);
        asm.vpand(ymm3, ymm2, ymm15);
        asm.vpslld(ymm2, ymm2, 16);
        Step(asm, ymm3, second: true);
        Step(asm, ymm2, second: false);
        asm.add(rdi, 4);
        asm.add(rax, 64);
        asm.sub(r8, 2);
        asm.jge(loop);
        asm.Label(ref last);
        asm.add(r8, 2);
        asm.je(done);
        asm.movzx(r8d, __word_ptr[rdi]);
        asm.shl(r8d, 16);
        asm.vmovd(xmm2, r8d);
        asm.vpbroadcastd(ymm2, xmm2);
        Step(asm, ymm2, second: false);
        asm.Label(ref done);
        asm.vmovups(__ymmword_ptr[r9], ymm0);
        asm.vmovups(__ymmword_ptr[r9 + 32], ymm1);
        asm.lea(r10, __[r10 + (rsi * 2)]);
        asm.mov(rax, __qword_ptr[rsp + 8]);
        asm.lea(r9, __[r9 + (rax * 4)]);
        asm.dec(ecx);
        asm.jne(row);
        asm.vzeroupper();
        asm.ret();
        using var bytes = new MemoryStream();
        asm.Assemble(new StreamCodeWriter(bytes), 0);
        return bytes.ToArray();
    }

    private static void Step(Assembler asm, AssemblerRegisterYMM row, bool second)
    {
        foreach (var (sum, offset) in new[] { (ymm0, 0), (ymm1, 32) })
        {
            asm.vmovdqu(ymm4, __ymmword_ptr[rax + offset]);
            if (second)
                asm.vpand(ymm4, ymm4, ymm15);
            else
                asm.vpslld(ymm4, ymm4, 16);
            asm.vfmadd231ps(sum, ymm4, row);
        }
    }
}
