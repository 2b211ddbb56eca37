using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Parameters and body of a macro or of a call block.</summary>
/// <param name="Mentions">Names in the body: a macro takes surplus arguments only when it mentions varargs or kwargs.</param>
internal sealed record MacroBody(
    string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body, IReadOnlySet<string> Mentions)
{
    /// <summary>The macro as a value that sees the names of the scope where it stands.</summary>
    public FunctionValue Close(Scope scope) => new(Name, (rendering, arguments) => rendering.Nest(() => Invoke(scope, arguments)), "Macro");

    Value Invoke(Scope defined, Arguments arguments)
    {
        var scope = defined.Inner();
        Dictionary<string, Value> named = new(arguments.Named);
        if (named.Remove("caller", out var caller) || !Parameters.Any(p => p.Name == "caller")) scope.Set("caller", caller ?? new UndefinedValue("No caller defined"));
        for (int i = 0; i < Parameters.Count; i++)
        {
            var (name, fallback) = Parameters[i];
            Value value = i < arguments.Positional.Count ? arguments.Positional[i]
                : named.Remove(name, out var given) ? given
                : fallback?.Evaluate(scope) ?? new UndefinedValue($"parameter '{name}' was not provided");
            scope.Set(name, value);
        }
        if (arguments.Positional.Count > Parameters.Count && !Mentions.Contains("varargs"))
            throw new TemplateException($"macro '{Name}' takes not more than {Parameters.Count} argument(s)");
        if (named.Count > 0 && !Mentions.Contains("kwargs")) throw new TemplateException($"macro '{Name}' takes no keyword argument '{named.Keys.First()}'");
        scope.Set("varargs", new TupleValue([.. arguments.Positional.Skip(Parameters.Count)]));
        DictValue rest = new();
        foreach (var (name, value) in named) rest[name] = value;
        scope.Set("kwargs", rest);
        return Statement.Capture(Body, scope);
    }
}

internal sealed record MacroDefinition(MacroBody Macro, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        scope.Set(Macro.Name, Macro.Close(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% call(args) macro(…) %}…{% endcall %}</c>: the body is what the macro calls as caller().</summary>
internal sealed record CallBlock(Call Call, MacroBody Caller, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        var arguments = Call.Arguments.Evaluate(scope);
        Dictionary<string, Value> named = new(arguments.Named) { ["caller"] = Caller.Close(scope) };
        Rendering.Write(output, Access.Call(scope.Rendering, Call.Target.Evaluate(scope), arguments with { Named = named }).ToString());
        return Flow.Next;
    }
}
