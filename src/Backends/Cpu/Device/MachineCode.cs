using System.Runtime.InteropServices;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>Puts assembled code where it can be called: pages are written first and executable afterwards, never both. For the process's life.</summary>
public static unsafe partial class MachineCode
{
    private const int Read = 1, Write = 2, Execute = 4, PrivateAnonymous = 0x22, Alignment = 64;

    /// <summary>Whether this system lets a process map code of its own.</summary>
    public static bool IsPossible => OperatingSystem.IsLinux();

    /// <summary>Maps one function; returns its entry.</summary>
    public static nint Map(ReadOnlySpan<byte> code) => Map([code.ToArray()])[0];

    /// <summary>Maps functions side by side; returns their entries.</summary>
    /// <exception cref="PlatformNotSupportedException">The system refuses; names its error.</exception>
    public static nint[] Map(IReadOnlyList<byte[]> codes)
    {
        nint bytes = 0;
        foreach (byte[] code in codes)
            bytes += Aligned(code.Length);
        nint start = MapPages(0, (nuint)bytes, Read | Write, PrivateAnonymous, -1, 0);
        if (start == -1)
            throw Refused("mmap");
        var entries = new nint[codes.Count];
        nint at = start;
        for (int i = 0; i < entries.Length; i++)
        {
            codes[i].CopyTo(new Span<byte>((void*)at, codes[i].Length));
            entries[i] = at;
            at += Aligned(codes[i].Length);
        }

        return ProtectPages(start, (nuint)bytes, Read | Execute) == 0 ? entries : throw Refused("mprotect");
    }

    private static nint Aligned(int length) => (length + Alignment - 1) & -Alignment;

    private static PlatformNotSupportedException Refused(string call) => new(
        $"{call} of executable memory failed with error {Marshal.GetLastPInvokeError()}; set {Processor.Variable}=portable to do without machine code");

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapPages(nint address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int ProtectPages(nint address, nuint length, int protection);
}
