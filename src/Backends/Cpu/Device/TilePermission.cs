using System.Runtime.InteropServices;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Leave to use AMX's tiles: Linux enlarges what it saves of a thread only for processes that ask, and ends those that do not ask and use
/// them. For all threads, those to come too, and the process's life.
/// </summary>
internal static partial class TilePermission
{
    // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA.
    private const int RequestPermission = 0x1023, TileData = 18;

    /// <summary>
    /// Whether the system agrees: it does not where it, or the processor, has no tiles, and where the stack that a thread has for signals
    /// is too small for a signal's frame with them. The runtime gives all threads the same: what passes for those there are will do for others.
    /// </summary>
    public static bool Request() => ArchPrctl(RequestPermission, TileData) == 0;

    [LibraryImport("libc", EntryPoint = "arch_prctl")]
    private static partial int ArchPrctl(int code, nuint argument);
}
