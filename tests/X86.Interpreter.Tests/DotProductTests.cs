using System.Numerics;
using System.Runtime.InteropServices;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>The dot products of AVX-512 VNNI and BF16, and bfloat16 conversion, against formulas: few hosts execute them.</summary>
public unsafe class DotProductTests
{
    private const int Lanes = 16;
    private const uint One = 0x3F80_0000;
    private readonly Random _random = new(4);

    /// <summary>The result in zmm0 of an instruction on zmm0, zmm1 and zmm2.</summary>
    private static uint[] Execute(Action<Assembler> instruction, uint[] destination, uint[] a, uint[] b)
    {
        uint[] memory = [.. destination, .. a, .. b];
        var c = new Assembler(64);
        c.vmovups(zmm0, __zmmword_ptr[rdi]);
        c.vmovups(zmm1, __zmmword_ptr[rdi + 64]);
        c.vmovups(zmm2, __zmmword_ptr[rdi + 128]);
        instruction(c);
        c.vmovups(__zmmword_ptr[rdi], zmm0);
        c.vzeroupper();
        c.ret();
        fixed (uint* pointer = memory) new Machine().Allow("vectors", pointer, memory.Length * sizeof(uint), writable: true).Run(Snippet.Assemble(c), (ulong)pointer);
        return memory[..Lanes];
    }

    private static uint Execute(Action<Assembler> instruction, uint destination, uint a, uint b) =>
        Execute(instruction, [.. Enumerable.Repeat(destination, Lanes)], [.. Enumerable.Repeat(a, Lanes)], [.. Enumerable.Repeat(b, Lanes)])[0];

    private static void Dot(Assembler c) => c.vdpbf16ps(zmm0, zmm1, zmm2);

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>A lane of two bfloat16 numbers, whose low bits must be zero.</summary>
    private static uint Pair(uint low, uint high)
    {
        Assert.Equal(0u, (low | high) & 0xFFFF);
        return low >> 16 | high;
    }

    private uint[] RandomWords()
    {
        var words = new uint[Lanes];
        _random.NextBytes(MemoryMarshal.AsBytes(words.AsSpan()));
        // The extremes, where saturation and signs differ.
        for (int i = 0; i < Lanes; i++)
            if (_random.Next(3) == 0) words[i] = ((uint[])[0x8080_8080, 0xFFFF_FFFF, 0x7F7F_7F7F, 0x8000_8000, 0x7FFF_FFFF])[_random.Next(5)];
        return words;
    }

    [Fact]
    public void IntegerDotProducts_FollowTheFormulas()
    {
        for (int repetition = 0; repetition < 200; repetition++)
        {
            uint[] d = RandomWords(), a = RandomWords(), b = RandomWords();
            uint[] bytes = Execute(static c => c.vpdpbusd(zmm0, zmm1, zmm2), d, a, b), words = Execute(static c => c.vpdpwssd(zmm0, zmm1, zmm2), d, a, b);
            uint[] bytesSaturated = Execute(static c => c.vpdpbusds(zmm0, zmm1, zmm2), d, a, b), wordsSaturated = Execute(static c => c.vpdpwssds(zmm0, zmm1, zmm2), d, a, b);
            for (int i = 0; i < Lanes; i++)
            {
                var unsigned = BitConverter.GetBytes(a[i]);
                var signed = MemoryMarshal.Cast<byte, sbyte>(BitConverter.GetBytes(b[i]).AsSpan());
                BigInteger ofBytes = (int)d[i], ofWords = (int)d[i];
                for (int j = 0; j < 4; j++) ofBytes += unsigned[j] * signed[j];
                for (int j = 0; j < 2; j++) ofWords += (BigInteger)BitConverter.ToInt16(unsigned, 2 * j) * BitConverter.ToInt16(BitConverter.GetBytes(b[i]), 2 * j);
                Assert.Equal((uint)(ofBytes & uint.MaxValue), bytes[i]);
                Assert.Equal((uint)(ofWords & uint.MaxValue), words[i]);
                Assert.Equal((int)BigInteger.Clamp(ofBytes, int.MinValue, int.MaxValue), (int)bytesSaturated[i]);
                Assert.Equal((int)BigInteger.Clamp(ofWords, int.MinValue, int.MaxValue), (int)wordsSaturated[i]);
            }
        }
    }

    [Fact]
    public void BFloat16DotProduct_IsTwoFusedSteps_OddFirst()
    {
        for (int repetition = 0; repetition < 200; repetition++)
        {
            // Of moderate size: nothing is flushed.
            uint[] Numbers() => [.. Enumerable.Range(0, Lanes).Select(_ => Pair(Bits(_random.NextSingle() - 0.5f) & 0xFFFF_0000, Bits(_random.NextSingle() - 0.5f) & 0xFFFF_0000))];
            uint[] d = [.. Enumerable.Range(0, Lanes).Select(_ => Bits(_random.NextSingle() - 0.5f))], a = Numbers(), b = Numbers();
            uint[] result = Execute(Dot, d, a, b);
            for (int i = 0; i < Lanes; i++)
            {
                static float Low(uint pair) => BitConverter.UInt32BitsToSingle(pair << 16);
                static float High(uint pair) => BitConverter.UInt32BitsToSingle(pair & 0xFFFF_0000);
                float sum = MathF.FusedMultiplyAdd(High(a[i]), High(b[i]), BitConverter.UInt32BitsToSingle(d[i]));
                Assert.Equal(Bits(MathF.FusedMultiplyAdd(Low(a[i]), Low(b[i]), sum)), result[i]);
            }
        }
    }

    [Fact]
    public void BFloat16DotProduct_RoundsBetweenItsSteps()
    {
        // 2^24 + 1 rounds back to 2^24; the other order, or one rounding at the end, would keep the one.
        uint large = Bits(1 << 24), minusLarge = Bits(-(1 << 24));
        Assert.Equal(0u, Execute(Dot, large, Pair(minusLarge, One), Pair(One, One)));
        Assert.Equal(One, Execute(Dot, large, Pair(One, minusLarge), Pair(One, One)));
    }

    [Theory]
    // Denormal accumulators and elements count as zero of their sign.
    [InlineData(0x0000_0001u, 0u, 0x3F80_0000u, 0u)]
    [InlineData(0x807F_FFFFu, 0x8000_0000u, 0x3F80_0000u, 0x8000_0000u)]
    [InlineData(0x0000_0000u, 0x007F_0000u, 0x7F00_0000u, 0u)]
    // A tiny result becomes zero of its sign; half of the smallest normal number, and twice.
    [InlineData(0u, 0x0080_0000u, 0x3F00_0000u, 0u)]
    [InlineData(0u, 0x8080_0000u, 0x3F00_0000u, 0x8000_0000u)]
    [InlineData(0u, 0x0080_0000u, 0x4000_0000u, 0x0100_0000u)]
    // Of 2^-126 + 2^-149, less 2^-126 a tiny rest.
    [InlineData(0x0080_0001u, 0x8080_0000u, 0x3F80_0000u, 0u)]
    // 2^-126 less 2^-152 rounds to 2^-126; less 2^-150 it is a number of 24 bits, below the normal range.
    [InlineData(0x0080_0000u, 0x9980_0000u, 0x1980_0000u, 0x0080_0000u)]
    [InlineData(0x0080_0000u, 0x9A00_0000u, 0x1A00_0000u, 0u)]
    // An infinity times zero is invalid; a NaN becomes quiet and keeps its bits.
    [InlineData(0u, 0x7F80_0000u, 0x0000_0000u, 0xFFC0_0000u)]
    [InlineData(0u, 0x7F80_0000u, 0x007F_0000u, 0xFFC0_0000u)]
    [InlineData(0u, 0x7F85_0000u, 0x3F80_0000u, 0x7FC5_0000u)]
    [InlineData(0xFF81_2345u, 0x3F80_0000u, 0x3F80_0000u, 0xFFC1_2345u)]
    public void BFloat16DotProduct_FlushesDenormalsAndQuietsNaNs(uint destination, uint a, uint b, uint expected) =>
        // The low elements' product is -0, which changes no sum.
        Assert.Equal(expected, Execute(Dot, destination, Pair(0x8000_0000, a), Pair(One, b)));

    [Fact]
    public void BFloat16DotProduct_PrefersNaNsAsTheManualRanksThem()
    {
        uint[] ranked = [0x7FC1_0000, 0x7FC2_0000, 0x7FC3_0000, 0x7FC4_0000, 0x7FC5_0000];
        for (int missing = 0; missing < ranked.Length; missing++)
        {
            // First source low, second low, first high, second high, destination.
            uint[] operands = [.. ranked.Select((nan, i) => i < missing ? One : nan)];
            Assert.Equal(ranked[missing], Execute(Dot, operands[4], Pair(operands[0], operands[2]), Pair(operands[1], operands[3])));
        }
    }

    [Theory]
    [InlineData(0x3F80_0000u, 0x3F80)]
    [InlineData(0x3F80_8000u, 0x3F80)]
    [InlineData(0x3F80_8001u, 0x3F81)]
    [InlineData(0x3F81_8000u, 0x3F82)]
    [InlineData(0x7F7F_FFFFu, 0x7F80)]
    [InlineData(0xFF80_0000u, 0xFF80)]
    [InlineData(0x007F_FFFFu, 0x0000)]
    [InlineData(0x8000_0001u, 0x8000)]
    [InlineData(0x7F80_0001u, 0x7FC0)]
    [InlineData(0xFFFF_FFFFu, 0xFFFF)]
    public void ToBFloat16_RoundsToEven(uint value, int expected)
    {
        uint[] values = [.. Enumerable.Repeat(value, Lanes)];
        uint[] result = Execute(static c => c.vcvtneps2bf16(ymm0, zmm1), values, values, values);
        Assert.Equal((uint)expected * 0x10001u, result[0]);
        Assert.Equal(result[0], result[(Lanes / 2) - 1]);
        Assert.Equal(0u, result[Lanes / 2]);
    }
}
