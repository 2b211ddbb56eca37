using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Assembles integer dots over one panel that was unpacked for many rows (Device/WidePanels.cs), with AVX2: (a, aStride in bytes, b, blocks, c,
/// cStride in floats) in rdi, rsi, rdx, rcx, r8, r9. c waits in memory, so that every register holds sums. Words: vpmaddwd multiplies numbers
/// of two signs, without the detour over magnitudes that bytes need. Nibbles: unsigned bytes, whose sums over a block fit 16 bits. The arithmetic
/// is that of Device/IntegerDot.cs.
/// </summary>
internal sealed class WideAssembler : LeafAssembler
{
    // Device/WidePanels.cs: 16 floats, and 16 more, before the integers of a block.
    private const int HeaderBytes = 64, RegisterBytes = 32;

    // Fours of inputs in a block.
    private const int Quads = 8;

    // Device/WideBlock: even pairs, odd pairs, scale, sum. Device/ActivationBlock: integers, scale, sum, and what nibbles do not need here.
    private static readonly Layout _words = new(Unroll: 2, ActivationsOfQuad: [0, 32], ScaleAt: 64, SumAt: 68, BlockBytes: 72);
    private static readonly Layout _nibbles = new(Unroll: 4, ActivationsOfQuad: [0], ScaleAt: 32, SumAt: 36, BlockBytes: 48);

    private readonly WideKernel _kernel;
    private readonly Layout _layout;
    private readonly int _weights, _product, _activation;

    private WideAssembler(WideKernel kernel)
    {
        (_kernel, _layout) = (kernel, kernel.Int4 ? _nibbles : _words);
        _weights = 2 * kernel.Rows;
        (_product, _activation) = (_weights + 2, _weights + 3);
    }

    /// <summary>The instructions of one shape.</summary>
    public static IReadOnlyList<Instruction> Assemble(WideKernel kernel) => new WideAssembler(kernel).Assemble();

    private int QuadBytes => _layout.ActivationsOfQuad.Length * 2 * RegisterBytes;

    protected override void Emit()
    {
        var (block, quads, done) = (Asm.CreateLabel(), Asm.CreateLabel(), Asm.CreateLabel());
        int header = _kernel.Zeros ? 2 * HeaderBytes : HeaderBytes;
        Asm.shl(r9, 2);
        if (_kernel.Rows > 3)
        {
            Asm.lea(r10, __[rsi + (rsi * 2)]);
            Asm.add(r10, rdi);
            Asm.lea(r11, __[r9 + (r9 * 2)]);
            Asm.add(r11, r8);
        }

        Asm.test(rcx, rcx);
        Asm.je(done);
        Asm.Label(ref block);
        for (int i = 0; i < 2 * _kernel.Rows; i++)
            Asm.vpxor(Ymm(i), Ymm(i), Ymm(i));
        Asm.mov(eax, Quads / _layout.Unroll);
        Asm.Label(ref quads);
        for (int q = 0; q < _layout.Unroll; q++)
            for (int i = 0; i < _layout.ActivationsOfQuad.Length; i++)
                Products(header + (q * QuadBytes) + (i * 2 * RegisterBytes), (q * 4) + _layout.ActivationsOfQuad[i]);
        Asm.add(rdx, _layout.Unroll * QuadBytes);
        Step(4 * _layout.Unroll);
        Asm.dec(eax);
        Asm.jne(quads);
        for (int half = 0; half < 2; half++)
            Scale(half);
        Asm.add(rdx, header);
        Step(_layout.BlockBytes - (4 * Quads));
        Asm.dec(rcx);
        Asm.jne(block);
        Asm.Label(ref done);
        Asm.vzeroupper();
        Asm.ret();
    }

    /// <summary>A dword of inputs of each of 16 outputs by all rows.</summary>
    private void Products(int weight, int activation)
    {
        var (product, x) = (Ymm(_product), Ymm(_activation));
        for (int half = 0; half < 2; half++)
            Asm.vmovdqu(Ymm(_weights + half), __ymmword_ptr[rdx + weight + (half * RegisterBytes)]);
        for (int r = 0; r < _kernel.Rows; r++)
        {
            Asm.vpbroadcastd(x, __dword_ptr[Row(r, rdi, rsi, r10) + activation]);
            for (int half = 0; half < 2; half++)
            {
                var (w, sum) = (Ymm(_weights + half), Ymm((2 * r) + half));
                if (_kernel.Int4)
                {
                    Asm.vpmaddubsw(product, w, x);
                    Asm.vpaddw(sum, sum, product);
                }
                else
                {
                    Asm.vpmaddwd(product, w, x);
                    Asm.vpaddd(sum, sum, product);
                }
            }
        }
    }

    /// <summary>The sums of a block, 8 outputs, to c; a and b stand behind the block's integers by then.</summary>
    private void Scale(int half)
    {
        int passed = 4 * Quads, passedWeights = Quads * QuadBytes;
        var (scales, zeros, ones, t) = (Ymm(_weights), Ymm(_weights + 1), Ymm(_product), Ymm(_activation));
        Asm.vmovups(scales, __ymmword_ptr[rdx + ((half * RegisterBytes) - passedWeights)]);
        if (_kernel.Zeros)
            Asm.vmovups(zeros, __ymmword_ptr[rdx + (HeaderBytes + (half * RegisterBytes) - passedWeights)]);
        if (_kernel.Int4 && half == 0)
        {
            Asm.vpcmpeqw(ones, ones, ones);
            Asm.vpsrlw(ones, ones, 15);
        }

        for (int r = 0; r < _kernel.Rows; r++)
        {
            var s = Ymm((2 * r) + half);
            if (_kernel.Int4)
                Asm.vpmaddwd(s, s, ones);
            Asm.vcvtdq2ps(s, s);
            if (_kernel.Zeros)
            {
                Asm.vbroadcastss(t, __dword_ptr[Row(r, rdi, rsi, r10) + (_layout.SumAt - passed)]);
                Asm.vfnmadd231ps(s, zeros, t);
            }

            Asm.vbroadcastss(t, __dword_ptr[Row(r, rdi, rsi, r10) + (_layout.ScaleAt - passed)]);
            Asm.vmulps(s, s, t);
            var c = Row(r, r8, r9, r11) + (half * RegisterBytes);
            Asm.vfmadd213ps(s, scales, __ymmword_ptr[c]);
            Asm.vmovups(__ymmword_ptr[c], s);
        }
    }

    private void Step(int bytes)
    {
        Asm.add(rdi, bytes);
        if (_kernel.Rows > 3)
            Asm.add(r10, bytes);
    }

    private static AssemblerMemoryOperand Row(int row, AssemblerRegister64 first, AssemblerRegister64 stride, AssemblerRegister64 fourth) =>
        (row % 3, row < 3 ? first : fourth) switch
        {
            (0, var start) => __[start],
            var (steps, start) => __[start + (stride * steps)],
        };

    /// <summary>Where a block of activations has what; <paramref name="Unroll"/> quads an iteration: more would leave the cache of decoded instructions.</summary>
    private readonly record struct Layout(int Unroll, int[] ActivationsOfQuad, int ScaleAt, int SumAt, int BlockBytes);
}
