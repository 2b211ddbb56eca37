using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kdsl.Bench;

/// <summary>Wall time, or, for a single thread on Linux, the time that thread had a processor: on a crowded machine the rest says nothing about a kernel.</summary>
static unsafe partial class Clock
{
    const int ThreadCpuTime = 3;

    /// <summary>Seconds from some fixed moment.</summary>
    public static double Now(int threads)
    {
        long* time = stackalloc long[2];
        return threads == 1 && OperatingSystem.IsLinux() && GetTime(ThreadCpuTime, time) == 0
            ? time[0] + (time[1] * 1e-9)
            : Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
