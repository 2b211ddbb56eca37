using System.Globalization;
using System.Security.Cryptography;
using KernelDsl.Generators.Backends.Cpu;
using KernelDsl.Generators.Emit;

namespace KernelDsl.Generators.Tests;

/// <summary>
/// The machine code of the CPU's dots, against committed files: disassembled for a few shapes, by length and hash for the others, so that
/// every change shows and one can still read it.
/// </summary>
public class DotSnapshots
{
    public static TheoryData<string> Forms => [.. MachineForm.All.Select(static f => f.Set)];

    [Theory]
    [MemberData(nameof(Forms))]
    public void MachineCode_OfEveryShape_IsAsAccepted(string set)
    {
        var form = MachineForm.All.Single(f => f.Set == set);
        var w = new CodeWriter();
        foreach (var shape in form.Shapes)
            w.Line(Summary(shape.Name, MachineEmitter.Code(form, shape)));
        foreach (var shape in form.Shapes.Where(s => IsShown(form, s)))
            MachineEmitter.Emit(form, shape, w);
        Snapshot.Matches($"Dots.{set}.asm.txt", w.ToString());
    }

    public static TheoryData<string> IntegerForms => [.. IntegerForm.All.Select(static f => f.Set)];

    [Theory]
    [MemberData(nameof(IntegerForms))]
    public void IntegerMachineCode_OfEveryShape_IsAsAccepted(string set)
    {
        var form = IntegerForm.All.Single(f => f.Set == set);
        var w = new CodeWriter();
        foreach (var shape in form.Shapes)
            w.Line(Summary(shape.Name, MachineEmitter.Code(form, shape)));
        foreach (var shape in form.WideShapes)
            w.Line(Summary(shape.Name, MachineEmitter.Code(shape)));
        foreach (bool int4 in new[] { false, true })
        {
            MachineEmitter.Emit(form, form.Shapes.First(s => s.Int4 == int4), w);
            foreach (var shape in form.WideShapes.Where(s => s.Int4 == int4).Take(1))
                MachineEmitter.Emit(form, shape, w);
        }

        Snapshot.Matches($"Dots.{set}.integers.asm.txt", w.ToString());
    }

    /// <summary>The smallest shape, the tallest at its widest, and the lowest of the widest.</summary>
    private static bool IsShown(MachineForm form, MicroKernel shape)
    {
        var alike = form.Shapes.Where(s => s.Widened == shape.Widened).ToList();
        int height = alike.Max(static s => s.Rows), width = alike.Max(static s => s.Panels);
        return shape == alike[0] || shape == alike.Last(s => s.Rows == height) || shape == alike.First(s => s.Panels == width);
    }

    private static string Summary(string name, byte[] code)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(code))[..16];
        return string.Create(CultureInfo.InvariantCulture, $"{name,-10} {code.Length,5} bytes, sha256 {hash}");
    }
}
