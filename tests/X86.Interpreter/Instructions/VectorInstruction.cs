using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>
/// A vector instruction: sources loaded (a memory operand broadcast where the encoding says so), the operation on all lanes, then the
/// opmask, merging or zeroing.
/// </summary>
/// <param name="operation">Computes the result.</param>
/// <param name="element">Bytes of the result that one mask bit governs.</param>
/// <param name="source">Bytes of the memory operand that one mask bit governs: the others are not read. Zero: it is read in full.</param>
/// <param name="aligned">Whether a memory operand must be aligned to its size.</param>
/// <param name="scalar">Whether the mask governs the lowest element only.</param>
internal sealed unsafe class VectorInstruction(VectorOperation operation, int element, int source, bool aligned = false, bool scalar = false)
{
    private ref struct Mask(ulong bits, bool exists)
    {
        public readonly bool Exists => exists;

        public readonly bool this[int index] => (bits >> index & 1) != 0;

        /// <summary>Whether any of the first elements is selected.</summary>
        public readonly bool Any(int count) => bits << 64 - count != 0;
    }

    public void Execute(Processor p, in Instruction i)
    {
        const int Bytes = Registers.VectorBytes;
        byte* buffers = stackalloc byte[4 * Bytes];
        new Span<byte>(buffers, 4 * Bytes).Clear();
        var mask = MaskOf(p, i);
        int sources = i.OpCount - 1 - (i.GetOpKind(i.OpCount - 1) == OpKind.Immediate8 ? 1 : 0);
        var a = new Span<byte>(buffers, sources >= 1 ? Load(p, i, 1, mask, buffers) : 0);
        var b = new Span<byte>(buffers + Bytes, sources >= 2 ? Load(p, i, 2, mask, buffers + Bytes) : 0);
        var result = new Span<byte>(buffers + 2 * Bytes, Processor.SizeOf(i, 0));
        var old = new Span<byte>(buffers + 3 * Bytes, result.Length);
        bool toVector = i.Op0Kind == OpKind.Register && i.Op0Register.IsVectorRegister();
        if (toVector) p.Registers.Vector(i.Op0Register.GetNumber())[..old.Length].CopyTo(old);
        byte immediate = sources < i.OpCount - 1 ? i.Immediate8 : (byte)0;
        operation(new() { Result = result, Old = old, A = a, B = b, Immediate = immediate });
        if (toVector) WriteVector(p, i, mask, result, old, a.Length);
        else if (i.Op0Kind == OpKind.Register) p.Registers.Write(i.Op0Register, *(ulong*)(buffers + 2 * Bytes));
        else Store(p, i, mask, result);
    }

    private Mask MaskOf(Processor p, in Instruction i)
    {
        if (i.OpMask == Register.None) return new(ulong.MaxValue, exists: false);
        ulong bits = p.Registers.Mask(i.OpMask.GetNumber());
        return new(scalar ? bits | ~1ul : bits, exists: true);
    }

    /// <summary>Brings an operand into a buffer and returns how many bytes it has.</summary>
    private int Load(Processor p, in Instruction i, int operand, Mask mask, byte* buffer)
    {
        if (i.GetOpKind(operand) == OpKind.Register)
        {
            var register = i.GetOpRegister(operand);
            int size = register.GetSize();
            if (register.IsVectorRegister()) p.Registers.Vector(register.GetNumber())[..size].CopyTo(new Span<byte>(buffer, size));
            else *(ulong*)buffer = p.Registers.Read(register);
            return size;
        }
        ulong address = p.AddressOf(i);
        int bytes = i.MemorySize.GetSize();
        bool partial = mask.Exists && source != 0;
        if (i.IsBroadcast)
        {
            int filled = BroadcastSizes.Of(i.MemorySize);
            // Without a lane to use it in, the element is not read.
            if (!partial || mask.Any(filled / bytes)) Broadcast(p.At(address, bytes, write: false), bytes, buffer, filled);
            return filled;
        }
        CheckAlignment(p, address, bytes);
        int step = partial ? source : bytes;
        for (int at = 0; at < bytes; at += step)
            if (!partial || mask[at / step])
                Buffer.MemoryCopy(p.At(address + (ulong)at, step, write: false), buffer + at, step, step);
        return bytes;
    }

    private static void Broadcast(byte* value, int bytes, byte* buffer, int filled)
    {
        for (int at = 0; at < filled; at += bytes) Buffer.MemoryCopy(value, buffer + at, bytes, bytes);
    }

    private void WriteVector(Processor p, in Instruction i, Mask mask, Span<byte> result, ReadOnlySpan<byte> old, int sourceBytes)
    {
        // What a narrowing conversion leaves above its lanes is zero, whatever the mask.
        int governed = source > element ? sourceBytes / source * element : result.Length;
        for (int at = 0; mask.Exists && at < governed; at += element)
        {
            if (mask[at / element]) continue;
            if (i.ZeroingMasking) result.Slice(at, element).Clear();
            else old.Slice(at, element).CopyTo(result[at..]);
        }
        p.Registers.WriteVector(i.Op0Register.GetNumber(), result);
    }

    private void Store(Processor p, in Instruction i, Mask mask, ReadOnlySpan<byte> result)
    {
        ulong address = p.AddressOf(i);
        CheckAlignment(p, address, result.Length);
        int step = mask.Exists ? element : result.Length;
        for (int at = 0; at < result.Length; at += step)
            if (mask[at / step])
                result.Slice(at, step).CopyTo(new Span<byte>(p.At(address + (ulong)at, step, write: true), step));
    }

    private void CheckAlignment(Processor p, ulong address, int bytes)
    {
        if (aligned && address % (ulong)bytes != 0) throw p.Fault(FaultKind.Misaligned, $"0x{address:x} is not a multiple of {bytes}");
    }
}
