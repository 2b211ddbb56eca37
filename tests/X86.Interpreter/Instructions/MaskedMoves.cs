using System.Runtime.InteropServices;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>The loads and stores of AVX that a vector register's sign bits mask: what is masked off is not accessed.</summary>
internal static unsafe class MaskedMoves
{
    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler>
    {
        [Mnemonic.Vmaskmovps] = Move,
        [Mnemonic.Vpmaskmovd] = Move,
    };

    private static void Move(Processor p, in Instruction i)
    {
        bool load = i.Op0Kind == OpKind.Register;
        int bytes = i.MemorySize.GetSize();
        ulong address = p.AddressOf(i);
        var mask = VectorOperands.Lanes<int>(p.Registers.Vector(i.Op1Register.GetNumber())[..bytes]);
        Span<uint> loaded = stackalloc uint[mask.Length];
        loaded.Clear();
        var stored = load ? default : VectorOperands.Lanes<uint>(p.Registers.Vector(i.Op2Register.GetNumber()));
        for (int lane = 0; lane < mask.Length; lane++)
        {
            if (mask[lane] >= 0) continue;
            uint* memory = (uint*)p.At(address + (ulong)(lane * sizeof(uint)), sizeof(uint), write: !load);
            if (load) loaded[lane] = *memory;
            else *memory = stored[lane];
        }
        if (load) p.Registers.WriteVector(i.Op0Register.GetNumber(), MemoryMarshal.AsBytes(loaded));
    }
}
