using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>Whole functions like the project's: dot products with a loop, a tail and a horizontal sum.</summary>
public unsafe class KernelTests
{
    private const int Longest = 70;

    private readonly float[] _a = new float[Longest];
    private readonly float[] _b = new float[Longest];

    public KernelTests()
    {
        var random = new Random(5);
        for (int i = 0; i < Longest; i++) (_a[i], _b[i]) = (random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(31)]
    [InlineData(Longest)]
    public void Avx2Dot_IsTheSameInterpretedAndNative(int count) => Check(Avx2(), count, [CpuidFeature.AVX, CpuidFeature.FMA]);

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(Longest)]
    public void Avx512Dot_IsTheSameInterpretedAndNative(int count) => Check(Avx512(), count, [CpuidFeature.AVX, CpuidFeature.AVX512F]);

    private void Check(byte[] code, int count, CpuidFeature[] features)
    {
        float result;
        fixed (float* a = _a, b = _b)
        {
            // Exactly as long as the vectors are: one element too many is reported.
            var machine = new Machine().Allow("a", a, count * sizeof(float), writable: false).Allow("b", b, count * sizeof(float), writable: false)
                .Allow("result", &result, sizeof(float), writable: true);
            ulong[] arguments = [(ulong)a, (ulong)b, (ulong)count, (ulong)&result];
            machine.Run(code, arguments);
            float interpreted = result;
            Assert.Equal(_a.Take(count).Zip(_b, static (x, y) => (double)x * y).Sum(), interpreted, 1e-5);
            Assert.Equal(features, machine.UsedFeatures.Order());
            Assert.Equal(Array.TrueForAll(features, Host.Features.Contains), machine.HostExecutes);
            if (!machine.HostExecutes) return;
            using var native = new NativeFunction(code);
            native.Call(arguments);
            Assert.Equal(BitConverter.SingleToUInt32Bits(interpreted), BitConverter.SingleToUInt32Bits(result));
        }
    }

    /// <summary>Blocks of eight, then a tail whose mask is read from a table of ones and zeros behind the code.</summary>
    private static byte[] Avx2()
    {
        var c = new Assembler(64);
        Label next = c.CreateLabel(), tail = c.CreateLabel(), done = c.CreateLabel(), masks = c.CreateLabel();
        c.vxorps(xmm0, xmm0, xmm0);
        c.sub(rdx, 8);
        c.jl(tail);
        c.Label(ref next);
        c.vmovups(ymm1, __ymmword_ptr[rdi]);
        c.vfmadd231ps(ymm0, ymm1, __ymmword_ptr[rsi]);
        c.add(rdi, 32);
        c.add(rsi, 32);
        c.sub(rdx, 8);
        c.jge(next);
        c.Label(ref tail);
        c.neg(rdx);
        c.lea(rax, __[masks]);
        // rdx is now 8 less the rest: as many zeros must come first from the end.
        c.vmovdqu(ymm3, __ymmword_ptr[rax + rdx * 4]);
        c.vpxor(xmm4, xmm4, xmm4);
        c.cmp(rdx, 8);
        c.je(done);
        c.vmaskmovps(ymm1, ymm3, __ymmword_ptr[rdi]);
        c.vmaskmovps(ymm2, ymm3, __ymmword_ptr[rsi]);
        c.vfmadd231ps(ymm0, ymm1, ymm2);
        c.Label(ref done);
        c.vextractf128(xmm1, ymm0, 1);
        c.vaddps(xmm0, xmm0, xmm1);
        c.vpermilps(xmm1, xmm0, 0b0100_1110);
        c.vaddps(xmm0, xmm0, xmm1);
        c.vmovshdup(xmm1, xmm0);
        c.vaddss(xmm0, xmm0, xmm1);
        c.vmovss(__dword_ptr[rcx], xmm0);
        c.vzeroupper();
        c.ret();
        c.Label(ref masks);
        for (int i = 0; i < 16; i++) c.dd(i < 8 ? -1 : 0);
        return Snippet.Assemble(c);
    }

    /// <summary>Blocks of sixteen under an opmask, full for all but the last.</summary>
    private static byte[] Avx512()
    {
        var c = new Assembler(64) { PreferVex = false };
        Label next = c.CreateLabel(), full = c.CreateLabel();
        c.vpxord(zmm0, zmm0, zmm0);
        c.mov(r8, rcx);
        c.Label(ref next);
        c.mov(eax, 0xFFFF);
        c.cmp(rdx, 16);
        c.jge(full);
        c.mov(ecx, edx);
        c.mov(eax, 1);
        c.shl(eax, cl);
        c.dec(eax);
        c.Label(ref full);
        c.kmovw(k1, eax);
        c.vmovups(zmm17.k1.z, __zmmword_ptr[rdi]);
        c.vfmadd231ps(zmm0.k1, zmm17, __zmmword_ptr[rsi]);
        c.add(rdi, 64);
        c.add(rsi, 64);
        c.sub(rdx, 16);
        c.jg(next);
        c.vextractf64x4(ymm1, zmm0, 1);
        c.vaddps(zmm0, zmm0, zmm1);
        c.vextractf32x4(xmm1, zmm0, 1);
        c.vaddps(zmm0, zmm0, zmm1);
        c.vmovups(zmm1, zmm0);
        c.vpsrlq(zmm1, zmm1, 32);
        c.vaddps(zmm0, zmm0, zmm1);
        c.vpermilps(zmm1, zmm0, 0b0000_0010);
        c.vaddps(zmm0, zmm0, zmm1);
        c.vmovss(__dword_ptr[r8], xmm0);
        c.vzeroupper();
        c.ret();
        return Snippet.Assemble(c);
    }
}
