using System.Globalization;
using Iced.Intel;
using CodeWriter = KernelDsl.Generators.Emit.CodeWriter;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>Prints assembled micro-kernels as bytes, an instruction a line, and the methods that enter them in a table.</summary>
internal static class MachineEmitter
{
    private static readonly IntelFormatter _formatter = new() { Options = { UsePseudoOps = false, SpaceAfterOperandSeparator = true } };

    /// <summary>The method of a form: it enters its shapes.</summary>
    public static void EmitTable(MachineForm form, CodeWriter w)
    {
        w.Line();
        using var method = w.Block($"private static void {form.Set}(MicroKernels table)");
        foreach (var kernel in form.Shapes)
            w.Line($"table.Add(PanelFormat.{form.Format(kernel)}, {kernel.Rows}, {kernel.Panels}, {form.Set}{kernel.Name});");
    }

    /// <summary>The method of a form of integer dots.</summary>
    public static void EmitTable(IntegerForm form, CodeWriter w)
    {
        w.Line();
        using var method = w.Block($"private static void {form.Set}Integers(MicroKernels table)");
        foreach (var kernel in form.Shapes)
            w.Line($"table.Add({Encoding(kernel.Int4)}, {Flag(kernel.Zeros)}, {kernel.Rows}, {kernel.Panels}, {form.Set}{kernel.Name});");
        foreach (var kernel in form.WideShapes)
            w.Line($"table.AddWide({Encoding(kernel.Int4)}, {Flag(kernel.Zeros)}, {kernel.Rows}, {form.Set}{kernel.Name});");
    }

    /// <summary>The shapes of a form.</summary>
    public static void EmitCode(MachineForm form, CodeWriter w)
    {
        foreach (var kernel in form.Shapes)
            Emit(form, kernel, w);
    }

    /// <summary>The shapes of a form of integer dots.</summary>
    public static void EmitCode(IntegerForm form, CodeWriter w)
    {
        foreach (var kernel in form.Shapes)
            Emit(form, kernel, w);
        foreach (var kernel in form.WideShapes)
            Emit(form, kernel, w);
    }

    /// <summary>One shape.</summary>
    public static void Emit(IntegerForm form, WideKernel kernel, CodeWriter w) =>
        Emit($"{form.Set}{kernel.Name}", WideAssembler.Assemble(kernel), w);

    /// <summary>One shape.</summary>
    public static void Emit(IntegerForm form, IntegerKernel kernel, CodeWriter w) =>
        Emit($"{form.Set}{kernel.Name}", IntegerAssembler.Assemble(form, kernel), w);

    /// <summary>One shape.</summary>
    public static void Emit(MachineForm form, MicroKernel kernel, CodeWriter w) =>
        Emit($"{form.Set}{kernel.Name}", form.Assemble(kernel), w);

    private static void Emit(string name, IReadOnlyList<Instruction> instructions, CodeWriter w)
    {
        w.Line();
        w.Line($"private static ReadOnlySpan<byte> {name} =>");
        w.Line("[");
        byte[] code = Encode(instructions);
        var decoder = Decoder.Create(64, code);
        while (decoder.IP < (ulong)code.Length)
        {
            int at = (int)decoder.IP;
            decoder.Decode(out var instruction);
            var text = new StringOutput();
            _formatter.Format(instruction, text);
            w.Line($"    {string.Join(" ", code.Skip(at).Take(instruction.Length).Select(static b => $"0x{b.ToString("X2", CultureInfo.InvariantCulture)},"))} // {text.ToStringAndReset()}");
        }

        w.Line("];");
    }

    /// <summary>The bytes of one shape.</summary>
    public static byte[] Code(MachineForm form, MicroKernel kernel) => Encode(form.Assemble(kernel));

    /// <summary>The bytes of one shape.</summary>
    public static byte[] Code(IntegerForm form, IntegerKernel kernel) => Encode(IntegerAssembler.Assemble(form, kernel));

    /// <summary>The bytes of one shape.</summary>
    public static byte[] Code(WideKernel kernel) => Encode(WideAssembler.Assemble(kernel));

    private static string Encoding(bool int4) => int4 ? "WeightEncoding.Int4" : "WeightEncoding.Int8";

    private static string Flag(bool value) => value ? "true" : "false";

    private static byte[] Encode(IReadOnlyList<Instruction> instructions)
    {
        var stream = new MemoryStream();
        var block = new InstructionBlock(new StreamCodeWriter(stream), [.. instructions], 0);
        if (!BlockEncoder.TryEncode(64, block, out string? error, out _))
            throw new InvalidOperationException(error);
        return stream.ToArray();
    }
}
