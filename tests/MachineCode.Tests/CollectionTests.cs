using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Generated.Cpu;
using KernelDsl.Generators.Backends.Cpu;

namespace KernelDsl.MachineTests;

/// <summary>
/// Machine code while the runtime wants its threads. A dot keeps a thread in managed state, so that a collection has to interrupt it: with
/// a signal, whose handler finds an instruction pointer that belongs to no method, and must wait for the return.
/// </summary>
public unsafe class CollectionTests
{
    private const int Threads = 2, Repetitions = 500, Collections = 300, Contraction = 2000;

    [SetFact(InstructionSet.Avx2)]
    public void Dots_DuringCollections_GiveTheExpectedBits()
    {
        var table = Dots.For(InstructionSet.Avx2);
        int running = Threads;
        var failures = new List<Exception>();
        var threads = Enumerable.Range(0, Threads).Select(i => new Thread(() => Work(i)) { IsBackground = true }).ToList();
        threads.ForEach(static t => t.Start());
        int collections = 0;
        // Bounded: other tests of this process stop as often.
        for (; Volatile.Read(ref running) > 0 && collections < Collections; collections++)
            GC.Collect(collections % 3);
        threads.ForEach(static t => t.Join());
        Assert.Empty(failures);
        Assert.NotEqual(0, collections);

        void Work(int thread)
        {
            try
            {
                Multiply(table, thread);
            }
            catch (Exception e)
            {
                lock (failures)
                    failures.Add(e);
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        }
    }

    private static void Multiply(MicroKernels table, int padding)
    {
        var kernel = new MicroKernel(6, 1, 2, Widened: false);
        using var memory = new DotMemory(MachineForm.Avx2, kernel, Contraction, padding);
        byte[] expected = Expected.Memory(MachineForm.Avx2, kernel, memory);
        for (int i = 0; i < Repetitions; i++)
        {
            memory.Reset();
            table.Run(PanelFormat.Bf16Pairs, kernel.Rows, kernel.Panels, memory.A, memory.AStride, memory.B, memory.PanelBytes, Contraction, memory.C, memory.CStride);
            // A new object each time: something for the collections to do.
            Problems.AssertEqual([.. expected], memory, $"dot {i}");
        }
    }
}
