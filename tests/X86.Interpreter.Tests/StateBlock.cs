using System.Runtime.InteropServices;

namespace KernelDsl.X86Interpreter.Tests;

/// <summary>Memory that a snippet loads its registers from, works on, and stores them to.</summary>
internal sealed unsafe class StateBlock : IDisposable
{
    public const int Vectors = 0;
    public const int VectorBytes = 64;
    public const int Masks = Vectors + (32 * VectorBytes);
    public const int General = Masks + (8 * sizeof(ulong));
    public const int Flags = General + (16 * sizeof(ulong));

    /// <summary>Two numbers whose comparison sets the flags at first.</summary>
    public const int Compared = Flags + 8;

    /// <summary>Where memory operands lie, a multiple of 64 bytes.</summary>
    public const int Data = 2304;

    public const int Bytes = Data + 256;

    public StateBlock() => Address = (byte*)NativeMemory.AlignedAlloc(Bytes, VectorBytes);

    public byte* Address { get; }

    public Span<byte> Span => new(Address, Bytes);

    public Span<byte> Vector(int index) => Span.Slice(Vectors + (index * VectorBytes), VectorBytes);

    public ref ulong Mask(int index) => ref *(ulong*)(Address + Masks + (index * sizeof(ulong)));

    public ref ulong Register(int number) => ref *(ulong*)(Address + General + (number * sizeof(ulong)));

    /// <summary>What a byte of the block is, for messages.</summary>
    public static string Name(int offset) => offset switch
    {
        < Masks => $"zmm{offset / VectorBytes} byte {offset % VectorBytes}",
        < General => $"k{(offset - Masks) / sizeof(ulong)}",
        < Flags => $"general register {(offset - General) / sizeof(ulong)}",
        < Compared => $"flag {offset - Flags} (c z s o p)",
        _ => $"memory operand byte {offset - Data}",
    };

    public void Dispose() => NativeMemory.AlignedFree(Address);
}
