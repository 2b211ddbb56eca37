namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>The sixteen conditions by the suffix that the decoder gives their instructions.</summary>
internal static class Conditions
{
    public static IReadOnlyDictionary<string, Func<Flags, bool>> All { get; } = new Dictionary<string, Func<Flags, bool>>
    {
        ["o"] = static f => f.Overflow,
        ["no"] = static f => !f.Overflow,
        ["b"] = static f => f.Carry,
        ["ae"] = static f => !f.Carry,
        ["e"] = static f => f.Zero,
        ["ne"] = static f => !f.Zero,
        ["be"] = static f => f.Carry || f.Zero,
        ["a"] = static f => !f.Carry && !f.Zero,
        ["s"] = static f => f.Sign,
        ["ns"] = static f => !f.Sign,
        ["p"] = static f => f.Parity,
        ["np"] = static f => !f.Parity,
        ["l"] = static f => f.Sign != f.Overflow,
        ["ge"] = static f => f.Sign == f.Overflow,
        ["le"] = static f => f.Zero || f.Sign != f.Overflow,
        ["g"] = static f => !f.Zero && f.Sign == f.Overflow,
    };
}
