using System.Runtime.CompilerServices;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>One element, or one block of them, to all places.</summary>
internal static class Broadcasts
{
    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vbroadcastss] = Element<uint>(),
        [Mnemonic.Vbroadcastsd] = Element<ulong>(),
        [Mnemonic.Vpbroadcastb] = Element<byte>(),
        [Mnemonic.Vpbroadcastw] = Element<ushort>(),
        [Mnemonic.Vpbroadcastd] = Element<uint>(),
        [Mnemonic.Vpbroadcastq] = Element<ulong>(),
        [Mnemonic.Vbroadcastf128] = Block(16, 4),
        [Mnemonic.Vbroadcasti128] = Block(16, 4),
        [Mnemonic.Vbroadcastf32x2] = Block(8, 4),
        [Mnemonic.Vbroadcasti32x2] = Block(8, 4),
        [Mnemonic.Vbroadcastf32x4] = Block(16, 4),
        [Mnemonic.Vbroadcasti32x4] = Block(16, 4),
        [Mnemonic.Vbroadcastf64x2] = Block(16, 8),
        [Mnemonic.Vbroadcasti64x2] = Block(16, 8),
        [Mnemonic.Vbroadcastf32x8] = Block(32, 4),
        [Mnemonic.Vbroadcasti32x8] = Block(32, 4),
        [Mnemonic.Vbroadcastf64x4] = Block(32, 8),
        [Mnemonic.Vbroadcasti64x4] = Block(32, 8),
    };

    private static VectorInstruction Element<T>() where T : unmanaged => Block(Unsafe.SizeOf<T>(), Unsafe.SizeOf<T>());

    private static VectorInstruction Block(int bytes, int element) => new((in o) =>
    {
        for (int at = 0; at < o.Result.Length; at += bytes) o.A[..bytes].CopyTo(o.Result[at..]);
    }, element, source: 0);
}
