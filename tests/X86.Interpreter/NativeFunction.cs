using System.Runtime.InteropServices;

namespace KernelDsl.X86Interpreter;

/// <summary>Machine code that this process's processor executes, to compare the interpreter with.</summary>
public sealed unsafe partial class NativeFunction : IDisposable
{
    private const int Read = 1, Write = 2, Execute = 4;
    private const int MostArguments = 10;
    private const int Private = 2, Anonymous = 0x20;

    private readonly nuint _bytes;

    /// <summary>Maps a copy of the code, from the start of a page.</summary>
    public NativeFunction(ReadOnlySpan<byte> code)
    {
        _bytes = (nuint)code.Length;
        Address = Map(0, _bytes, Read | Write, Private | Anonymous, -1, 0);
        if (Address == -1) throw new InvalidOperationException($"mmap: error {Marshal.GetLastPInvokeError()}");
        code.CopyTo(new Span<byte>((void*)Address, code.Length));
        if (Protect(Address, _bytes, Read | Execute) != 0) throw new InvalidOperationException($"mprotect: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Whether this host can execute x86-64 code mapped this way.</summary>
    public static bool Works => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>The function, for callers with arguments of other types or more of them.</summary>
    public nint Address { get; }

    /// <summary>Calls the function with up to ten arguments, the last four on the stack.</summary>
    public ulong Call(params ReadOnlySpan<ulong> arguments)
    {
        // A function does not see the arguments that it does not take.
        Span<ulong> a = stackalloc ulong[MostArguments];
        a.Clear();
        arguments.CopyTo(a);
        return ((delegate* unmanaged<ulong, ulong, ulong, ulong, ulong, ulong, ulong, ulong, ulong, ulong, ulong>)Address)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]);
    }

    public void Dispose() => _ = Unmap(Address, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);
}
