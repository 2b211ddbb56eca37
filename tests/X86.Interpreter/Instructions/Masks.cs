using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Opmask registers: moves and logic, each on the low bits that the mnemonic's letter says.</summary>
internal static class Masks
{
    private static readonly (string Letter, int Bits)[] _widths = [("b", 8), ("w", 16), ("d", 32), ("q", 64)];

    private static readonly Dictionary<string, Func<ulong, ulong, ulong>> _logic = new()
    {
        ["Kand"] = static (a, b) => a & b,
        ["Kandn"] = static (a, b) => ~a & b,
        ["Kor"] = static (a, b) => a | b,
        ["Kxor"] = static (a, b) => a ^ b,
        ["Kxnor"] = static (a, b) => ~(a ^ b),
        ["Kadd"] = static (a, b) => a + b,
    };

    public static IReadOnlyDictionary<Mnemonic, Handler> Table { get; } = new Dictionary<Mnemonic, Handler>(_widths.SelectMany(static w => Entries(w.Letter, w.Bits)));

    private static IEnumerable<KeyValuePair<Mnemonic, Handler>> Entries(string letter, int bits)
    {
        ulong all = ulong.MaxValue >> 64 - bits;
        yield return new(Name("Kmov", letter), (p, in i) => p.Write(i, 0, p.Read(i, 1) & all));
        yield return new(Name("Knot", letter), (p, in i) => p.Write(i, 0, ~p.Read(i, 1) & all));
        // A count of the width or more leaves nothing.
        yield return new(Name("Kshiftl", letter), (p, in i) => p.Write(i, 0, i.Immediate8 < bits ? (p.Read(i, 1) & all) << i.Immediate8 & all : 0));
        yield return new(Name("Kshiftr", letter), (p, in i) => p.Write(i, 0, i.Immediate8 < bits ? (p.Read(i, 1) & all) >> i.Immediate8 & all : 0));
        foreach (var (name, operation) in _logic)
            yield return new(Name(name, letter), (p, in i) => p.Write(i, 0, operation(p.Read(i, 1), p.Read(i, 2)) & all));
    }

    private static Mnemonic Name(string name, string letter) => Enum.Parse<Mnemonic>(name + letter, ignoreCase: true);
}
