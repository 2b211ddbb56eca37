using System.Runtime.InteropServices;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>Machine code that this process's processor executes.</summary>
internal sealed unsafe partial class NativeFunction : IDisposable
{
    private const int Read = 1, Write = 2, Execute = 4;
    private const int Private = 2, Anonymous = 0x20;

    private readonly nint _address;
    private readonly nuint _bytes;

    public NativeFunction(ReadOnlySpan<byte> code)
    {
        _bytes = (nuint)code.Length;
        _address = Map(0, _bytes, Read | Write, Private | Anonymous, -1, 0);
        if (_address == -1) throw new InvalidOperationException($"mmap: error {Marshal.GetLastPInvokeError()}");
        code.CopyTo(new Span<byte>((void*)_address, code.Length));
        if (Protect(_address, _bytes, Read | Execute) != 0) throw new InvalidOperationException($"mprotect: error {Marshal.GetLastPInvokeError()}");
    }

    /// <summary>Whether this host can execute x86-64 code mapped this way.</summary>
    public static bool Works => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public ulong Call(ulong first, ulong second) => ((delegate* unmanaged<ulong, ulong, ulong>)_address)(first, second);

    public void Dispose() => _ = Unmap(_address, _bytes);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint Map(nint address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(nint address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint bytes);
}
