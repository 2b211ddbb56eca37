using System.Collections.Frozen;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>What executes which mnemonic.</summary>
internal static class InstructionTable
{
    private static readonly FrozenDictionary<Mnemonic, Handler> _handlers = Vectors().Concat(Scalars()).ToFrozenDictionary();

    public static IReadOnlyCollection<Mnemonic> Mnemonics => _handlers.Keys;

    /// <summary>The handler of an instruction; null for unknown ones and forms that no kernel uses.</summary>
    public static Handler? Find(in Instruction instruction)
    {
        // Rounding other than to nearest is the one EVEX feature left out; legacy SSE keeps upper halves, which vector entries clear.
        bool rounds = instruction.RoundingControl is not (RoundingControl.None or RoundingControl.RoundToNearest);
        bool legacy = instruction.Encoding == EncodingKind.Legacy;
        bool prefixed = instruction.HasLockPrefix || instruction.HasRepPrefix || instruction.HasRepnePrefix;
        // AVX-512's comparisons share a name with AVX2's, but write an opmask.
        bool compares = !legacy && instruction.OpCount == 3 && instruction.Op0Kind == OpKind.Register && instruction.Op0Register.IsK() && !instruction.Op1Register.IsK();
        bool words = instruction.StackPointerIncrement is 2 or -2;
        bool sse = legacy && instruction.OpCount > 0 && instruction.Op0Kind == OpKind.Register && instruction.Op0Register.IsVectorRegister();
        return rounds || prefixed || compares || words || sse ? null : _handlers.GetValueOrDefault(instruction.Mnemonic);
    }

    private static IEnumerable<KeyValuePair<Mnemonic, Handler>> Scalars() =>
        IntegerMoves.Table.Concat(Arithmetic.Table).Concat(Shifts.Table).Concat(Control.Table).Concat(Masks.Table).Concat(MaskedMoves.Table).Concat(TileMoves.Table).Concat(TileProducts.Table);

    private static IEnumerable<KeyValuePair<Mnemonic, Handler>> Vectors() =>
        new[] { VectorMoves.Table, FloatArithmetic.Table, PackedInteger.Table, Logic.Table, Broadcasts.Table, Conversions.Table, DotProducts.Table, Shuffles.Table, Blocks.Table }
            .SelectMany(static t => t).Select(static e => new KeyValuePair<Mnemonic, Handler>(e.Key, e.Value.Execute));
}
