using System.Text;
using System.Text.RegularExpressions;
using KernelDsl.Backends.Tests.Targets;

namespace KernelDsl.Backends.Tests.Ascend;

/// <summary>An emitted kernel, or the device library under it, with one seeded bug.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Case">The conformance case that must not pass.</param>
/// <param name="Good">Text that occurs in the kernel or the library.</param>
/// <param name="Bad">What stands in its place.</param>
/// <param name="Objection">Part of what the model, or the comparison with the reference, says.</param>
public sealed partial record Mutant(string Name, string Case, string Good, string Bad, string Objection)
{
    private static readonly string[] _library = ["kdsl_ascend.h", "kdsl_move.h", "kdsl_reduce.h", "kdsl_select.h", "kdsl_cube.h"];

    /// <summary>The mutants in one translation unit, each with a library of its own: namespace and entry are named after the index.</summary>
    public static string Unit(IReadOnlyList<Mutant> mutants)
    {
        var text = new StringBuilder("#include \"kernel_operator.h\"\n");
        for (int i = 0; i < mutants.Count; i++)
            text.Append($"namespace mutant{i} {{\n{mutants[i].Source(i)}\n}}\n");
        return text.ToString();
    }

    /// <summary>The entry of the mutant with that index.</summary>
    public static string EntryOf(int index) => $"mutant{index}_entry";

    /// <inheritdoc/>
    public override string ToString() => Name;

    private string Source(int index)
    {
        var variant = AscendTarget.Emitted.First(v => v.Kernel == Case.Split(' ')[0]);
        string whole = string.Concat(_library.Select(static f => File.ReadAllText(Path.Combine(HostModel.DeviceFolder, f)))) + Encoding.UTF8.GetString(variant.Source);
        Assert.True(Good.Length == 0 || whole.Contains(Good, StringComparison.Ordinal), $"'{Name}' has nothing to change: '{Good}' is gone");
        string mutated = Good.Length == 0 ? whole : whole.Replace(Good, Bad, StringComparison.Ordinal);
        return Directive().Replace(mutated, "").Replace(variant.Entry, EntryOf(index), StringComparison.Ordinal);
    }

    [GeneratedRegex("^#(include|pragma).*$", RegexOptions.Multiline)]
    private static partial Regex Directive();
}
