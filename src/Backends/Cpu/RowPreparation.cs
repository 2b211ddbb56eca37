using System.Runtime.InteropServices;
using KernelDsl.Backends.Cpu.Device;

namespace KernelDsl.Backends.Cpu;

/// <summary>
/// Prepares activations before a launch (<see cref="PreparedRows"/>): what every program of a matmul would convert again. Its memory grows
/// to what the largest step needs and is kept, so that steps allocate nothing.
/// </summary>
internal sealed unsafe class RowPreparation : IDisposable
{
    // More rows of floats than this would no longer lie in a cache when programs come to read them; a program's own conversion is a small share then.
    private const int MostFloatRows = 64;

    private byte* _memory;
    private long _bytes;

    /// <summary>Prepares the views of a launch whose weights all want the same elements of them.</summary>
    public void Prepare(IReadOnlyList<CpuRowsUse> uses, KernelArgument* arguments, WorkerPool pool)
    {
        long used = 0;
        for (int i = 0; i < uses.Count; i++)
        {
            var x = arguments + uses[i].Rows;
            if (x->Prepared != null || Bytes(uses, i, arguments) is not (> 0 and var bytes))
                continue;
            if (used + bytes > _bytes)
            {
                // What was prepared for this launch already is prepared again: a step grows it once.
                Grow(used + bytes);
                for (int j = 0; j < i; j++)
                    arguments[uses[j].Rows].Prepared = null;
                Prepare(uses, arguments, pool);
                return;
            }

            x->Prepared = _memory + used;
            used += (bytes + 63) & ~63;
            pool.Run(arguments[uses[i].Weight].MultipliesIntegers ? &PreparedRows.Blocks : &PreparedRows.Floats, x, x->Dim0, (x->Dim1 + PreparedRows.Columns - 1) / PreparedRows.Columns, 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }

    /// <summary>Bytes for a view; 0 where programs had better read it as it is.</summary>
    private static long Bytes(IReadOnlyList<CpuRowsUse> uses, int index, KernelArgument* arguments)
    {
        var x = arguments + uses[index].Rows;
        var weight = arguments + uses[index].Weight;
        bool blocks = weight->MultipliesIntegers, pairs = !weight->Format.IsQuantised && Processor.InstructionSet.MultipliesPairs();
        for (int i = 0; i < uses.Count; i++)
            if (uses[i].Rows == uses[index].Rows && arguments[uses[i].Weight].MultipliesIntegers != blocks)
                return 0;
        return blocks || (x->Dim0 <= MostFloatRows && !pairs) ? PreparedRows.Bytes(x->Dim0, x->Dim1, blocks) : 0;
    }

    private void Grow(long bytes)
    {
        NativeMemory.AlignedFree(_memory);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        _bytes = bytes;
    }
}
