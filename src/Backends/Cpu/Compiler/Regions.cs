using System.Text.RegularExpressions;
using KernelDsl.Generators.Emit;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Puts every loop nest of a program into a method of its own. The compiler inlines into a method up to a budget; without 512-bit registers an
/// operation of vectors is two, each a call until it is inlined, and a program of several nests used to exceed the budget: its last nests
/// called a function for every addition.
/// </summary>
/// <param name="program">Name of the program, which begins its regions' names.</param>
internal sealed class Regions(string program)
{
    private static readonly Regex _identifiers = new(@"(?<![\w.>])[A-Za-z_]\w*");

    private readonly Dictionary<string, string> _types = new(StringComparer.Ordinal);
    private readonly List<string> _methods = [];

    /// <summary>Declares a local of the program; its regions may use it.</summary>
    public void Declare(string type, string name) => _types[name] = type;

    /// <summary>Prints the call of a nest, and keeps the nest for <see cref="WriteMethods"/>.</summary>
    /// <param name="emit">Prints the nest: a comment, then a block.</param>
    public void Call(Action<CodeWriter> emit, CodeWriter w)
    {
        var body = new CodeWriter();
        emit(body);
        string text = body.ToString().TrimEnd('\n');
        int comment = text.IndexOf('\n');
        var used = _identifiers.Matches(text.Substring(comment)).Cast<Match>().Select(static m => m.Value).Distinct().Where(_types.ContainsKey).ToList();
        string name = $"{program}_Region{_methods.Count}";
        _methods.Add($"{text.Substring(0, comment)}\nprivate static void {name}({string.Join(", ", used.Select(n => $"{_types[n]} {n}"))}){text.Substring(comment)}");
        w.Line(text.Substring(0, comment));
        w.Line($"{name}({string.Join(", ", used)});");
    }

    /// <summary>Prints the methods.</summary>
    public void WriteMethods(CodeWriter w)
    {
        foreach (string method in _methods)
            w.Line().Line(method);
    }
}
