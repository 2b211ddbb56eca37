using System.Runtime.InteropServices;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>What a vector instruction computes from, before its mask is applied.</summary>
internal readonly ref struct VectorOperands
{
    /// <summary>The result, zero at first.</summary>
    public required Span<byte> Result { get; init; }

    /// <summary>What the destination held.</summary>
    public required ReadOnlySpan<byte> Old { get; init; }

    /// <summary>The first source.</summary>
    public required ReadOnlySpan<byte> A { get; init; }

    /// <summary>The second source; empty when there is one only.</summary>
    public required ReadOnlySpan<byte> B { get; init; }

    public required byte Immediate { get; init; }

    /// <summary>Bytes as lanes.</summary>
    public static ReadOnlySpan<T> Lanes<T>(ReadOnlySpan<byte> bytes) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);

    /// <summary>The result as lanes.</summary>
    public Span<T> ResultLanes<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(Result);
}

/// <summary>Computes the whole result.</summary>
internal delegate void VectorOperation(in VectorOperands operands);
