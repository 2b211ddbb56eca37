using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Elements to other places, inside blocks of 128 bits or across them.</summary>
internal static class Shuffles
{
    private const int BlockBytes = 16;

    /// <summary>One block of the result from the sources' blocks at the same place.</summary>
    private delegate void BlockOperation<T>(Span<T> result, ReadOnlySpan<T> a, ReadOnlySpan<T> b, byte immediate);

    public static IReadOnlyDictionary<Mnemonic, VectorInstruction> Table { get; } = new Dictionary<Mnemonic, VectorInstruction>
    {
        [Mnemonic.Vpshufb] = InBlocks<byte>(static (r, a, b, _) =>
        {
            for (int i = 0; i < r.Length; i++) r[i] = (b[i] & 0x80) != 0 ? (byte)0 : a[b[i] & 15];
        }),
        [Mnemonic.Vpshufd] = InBlocks<uint>(Select),
        [Mnemonic.Vpermilps] = InBlocks<uint>(static (r, a, b, selector) =>
        {
            // The form with a register takes the places from its lanes.
            if (b.IsEmpty) Select(r, a, b, selector);
            else for (int i = 0; i < r.Length; i++) r[i] = a[(int)b[i] & 3];
        }),
        [Mnemonic.Vshufps] = InBlocks<uint>(static (r, a, b, selector) =>
        {
            for (int i = 0; i < r.Length; i++) r[i] = (i < 2 ? a : b)[selector >> 2 * i & 3];
        }),
        [Mnemonic.Vhaddps] = InBlocks<uint>(static (r, a, b, _) =>
        {
            for (int i = 0; i < r.Length; i++) r[i] = Float32.Add((i < 2 ? a : b)[2 * (i & 1)], (i < 2 ? a : b)[(2 * (i & 1)) + 1]);
        }),
        [Mnemonic.Vmovshdup] = InBlocks<uint>(static (r, a, _, _) => Select(r, a, default, 0b11_11_01_01)),
        [Mnemonic.Vmovsldup] = InBlocks<uint>(static (r, a, _, _) => Select(r, a, default, 0b10_10_00_00)),
        [Mnemonic.Vmovhlps] = InBlocks<ulong>(static (r, a, b, _) => (r[0], r[1]) = (b[1], a[1])),
        [Mnemonic.Vmovlhps] = InBlocks<ulong>(static (r, a, b, _) => (r[0], r[1]) = (a[0], b[0])),
        [Mnemonic.Vunpcklps] = Interleave<uint>(high: false),
        [Mnemonic.Vunpckhps] = Interleave<uint>(high: true),
        [Mnemonic.Vunpcklpd] = Interleave<ulong>(high: false),
        [Mnemonic.Vunpckhpd] = Interleave<ulong>(high: true),
        [Mnemonic.Vpunpcklbw] = Interleave<byte>(high: false),
        [Mnemonic.Vpunpckhbw] = Interleave<byte>(high: true),
        [Mnemonic.Vpunpcklwd] = Interleave<ushort>(high: false),
        [Mnemonic.Vpunpckhwd] = Interleave<ushort>(high: true),
        [Mnemonic.Vpunpckldq] = Interleave<uint>(high: false),
        [Mnemonic.Vpunpckhdq] = Interleave<uint>(high: true),
        [Mnemonic.Vpunpcklqdq] = Interleave<ulong>(high: false),
        [Mnemonic.Vpunpckhqdq] = Interleave<ulong>(high: true),
        [Mnemonic.Vphaddd] = InBlocks<uint>(static (r, a, b, _) =>
        {
            for (int i = 0; i < r.Length; i++) r[i] = (i < 2 ? a : b)[2 * (i & 1)] + (i < 2 ? a : b)[(2 * (i & 1)) + 1];
        }),
        [Mnemonic.Vpacksswb] = Pack<short, sbyte>(static x => (sbyte)Math.Clamp(x, sbyte.MinValue, sbyte.MaxValue)),
        [Mnemonic.Vpackuswb] = Pack<short, byte>(static x => (byte)Math.Clamp(x, byte.MinValue, byte.MaxValue)),
        [Mnemonic.Vpackssdw] = Pack<int, short>(static x => (short)Math.Clamp(x, short.MinValue, short.MaxValue)),
        [Mnemonic.Vpackusdw] = Pack<int, ushort>(static x => (ushort)Math.Clamp(x, ushort.MinValue, ushort.MaxValue)),
        [Mnemonic.Vpermd] = Permute<uint>(),
        [Mnemonic.Vpermps] = Permute<uint>(),
        [Mnemonic.Vpermq] = Permute<ulong>(),
        [Mnemonic.Vpermpd] = Permute<ulong>(),
        [Mnemonic.Vpermw] = Permute<ushort>(),
    };

    /// <summary>Four elements, each of the place that two bits of the selector name.</summary>
    private static void Select(Span<uint> r, ReadOnlySpan<uint> a, ReadOnlySpan<uint> b, byte selector)
    {
        for (int i = 0; i < r.Length; i++) r[i] = a[selector >> 2 * i & 3];
    }

    private static VectorInstruction InBlocks<T>(BlockOperation<T> operation) where T : unmanaged => new((in o) =>
    {
        for (int at = 0; at < o.Result.Length; at += BlockBytes)
        {
            var b = o.B.IsEmpty ? default : VectorOperands.Lanes<T>(o.B.Slice(at, BlockBytes));
            operation(MemoryMarshal.Cast<byte, T>(o.Result.Slice(at, BlockBytes)), VectorOperands.Lanes<T>(o.A.Slice(at, BlockBytes)), b, o.Immediate);
        }
    }, Unsafe.SizeOf<T>(), source: 0);

    private static VectorInstruction Interleave<T>(bool high) where T : unmanaged => InBlocks<T>((r, a, b, _) =>
    {
        int from = high ? r.Length / 2 : 0;
        for (int i = 0; i < r.Length; i++) r[i] = ((i & 1) == 0 ? a : b)[from + (i / 2)];
    });

    /// <summary>Both sources' lanes made half as wide, the first source's below.</summary>
    private static VectorInstruction Pack<TIn, TOut>(Func<TIn, TOut> lane) where TIn : unmanaged where TOut : unmanaged => InBlocks<TOut>((r, a, b, _) =>
    {
        var low = MemoryMarshal.Cast<TOut, TIn>(a);
        var high = MemoryMarshal.Cast<TOut, TIn>(b);
        for (int i = 0; i < low.Length; i++) (r[i], r[low.Length + i]) = (lane(low[i]), lane(high[i]));
    });

    /// <summary>
    /// Across the whole register by the first source's lanes; the form with an immediate selects among four elements at a time.
    /// </summary>
    private static VectorInstruction Permute<T>() where T : unmanaged, IBinaryInteger<T> => new((in o) =>
    {
        var result = o.ResultLanes<T>();
        var a = VectorOperands.Lanes<T>(o.A);
        var b = VectorOperands.Lanes<T>(o.B);
        for (int i = 0; i < result.Length; i++)
            result[i] = b.IsEmpty ? a[i & ~3 | o.Immediate >> 2 * (i & 3) & 3] : b[(int)(ulong.CreateTruncating(a[i]) & (ulong)(result.Length - 1))];
    }, Unsafe.SizeOf<T>(), source: 0);
}
