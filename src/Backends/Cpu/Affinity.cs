using System.Runtime.InteropServices;

namespace KernelDsl.Backends.Cpu;

/// <summary>The processors this process may use. Linux only; elsewhere the system places threads.</summary>
internal static unsafe partial class Affinity
{
    private const int MaskWords = 16;

    /// <summary>Numbers of the allowed processors; empty when unknown, or when a quota allows less time than they have.</summary>
    public static int[] Cpus()
    {
        if (!OperatingSystem.IsLinux())
            return [];
        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        if (GetAffinity(0, MaskWords * sizeof(ulong), mask) != 0)
            return [];
        var cpus = new List<int>();
        for (int i = 0; i < MaskWords * 64; i++)
            if ((mask[i / 64] >> (i % 64) & 1) != 0)
                cpus.Add(i);
        return cpus.Count == Environment.ProcessorCount ? [.. cpus] : [];
    }

    /// <summary>Keeps the calling thread on one processor.</summary>
    public static void Pin(int cpu)
    {
        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        mask[cpu / 64] = 1ul << (cpu % 64);
        _ = SetAffinity(0, MaskWords * sizeof(ulong), mask);
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int process, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int process, nuint bytes, ulong* mask);
}
