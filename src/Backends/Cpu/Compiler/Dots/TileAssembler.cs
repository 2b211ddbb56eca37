using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Micro-kernels in vectors, with a tile of c in the first vector registers, row by row, loaded at the start and stored at the end. c is in r9, the
/// stride of its rows, in floats, first on the stack.
/// </summary>
/// <param name="lanes">Floats in a vector register: 8 or 16.</param>
/// <param name="rows">Rows of the tile.</param>
/// <param name="vectors">Registers that hold a row of it.</param>
internal abstract class TileAssembler(int lanes, int rows, int vectors) : LeafAssembler
{
    /// <summary>
    /// How far ahead of the panel in work its memory is fetched. Several strips of rows read a panel in turn: the first meets memory, the
    /// others the cache, and the processor's own prefetching stops while they do. SimdDot cuts contractions into slabs of this size then, so
    /// that the next slab arrives while all strips work on this one.
    /// </summary>
    protected const int Ahead = 4096;

    /// <summary>c to registers, or back; changes rax.</summary>
    protected void Accumulators(bool load)
    {
        Asm.mov(rax, __qword_ptr[rsp + 8]);
        Asm.shl(rax, 2);
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < vectors; i++)
                Move((r * vectors) + i, __[r9 + (i * lanes * 4)], load);
            if (r + 1 < rows)
                Asm.add(r9, rax);
        }

        if (load && rows > 1)
        {
            // Back to the first row, for the stores.
            Asm.imul(rax, rax, rows - 1);
            Asm.sub(r9, rax);
        }
    }

    /// <summary>Memory to a register, or back.</summary>
    protected void Move(int register, AssemblerMemoryOperand memory, bool load)
    {
        switch (lanes, load)
        {
            case (16, true):
                Asm.vmovups(Zmm(register), __zmmword_ptr[memory]);
                break;
            case (16, false):
                Asm.vmovups(__zmmword_ptr[memory], Zmm(register));
                break;
            case (_, true):
                Asm.vmovups(Ymm(register), __ymmword_ptr[memory]);
                break;
            default:
                Asm.vmovups(__ymmword_ptr[memory], Ymm(register));
                break;
        }
    }

    /// <summary>A constant to all lanes; changes r11.</summary>
    protected void Broadcast(int register, int value)
    {
        Asm.mov(r11d, value);
        if (lanes == 16)
        {
            Asm.vpbroadcastd(Zmm(register), r11d);
        }
        else
        {
            Asm.vmovd(Xmm(register), r11d);
            Asm.vpbroadcastd(Ymm(register), Xmm(register));
        }
    }
}
