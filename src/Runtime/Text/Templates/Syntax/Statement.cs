using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Where to go on after a statement.</summary>
internal enum Flow { Next, Break, Continue }

/// <summary>Something that writes or assigns.</summary>
internal abstract record Statement(int Line)
{
    public abstract Flow Execute(Scope scope, StringBuilder output);

    public static Flow Run(IReadOnlyList<Statement> body, Scope scope, StringBuilder output)
    {
        foreach (var statement in body)
        {
            scope.Rendering.Step();
            try
            {
                if (statement.Execute(scope, output) is var flow and not Flow.Next) return flow;
            }
            catch (TemplateException e) when (e.Locate(statement.Line))
            {
                throw;
            }
        }
        return Flow.Next;
    }

    /// <summary>What a body writes, as a value.</summary>
    public static string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        StringBuilder output = new();
        Run(body, scope, output);
        return output.ToString();
    }
}

internal sealed record TextOutput(string Text, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        Rendering.Write(output, Text);
        return Flow.Next;
    }
}

internal sealed record Print(Expression Value, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        Rendering.Write(output, Value.Evaluate(scope).ToString());
        return Flow.Next;
    }
}

internal sealed record If(IReadOnlyList<(Expression Test, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        foreach (var (test, body) in Branches)
            if (test.Evaluate(scope).IsTrue) return Run(body, scope, output);
        return Run(Else, scope, output);
    }
}

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record Jump(Flow Flow, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output) => Flow;
}

internal sealed record Set(Target Target, Expression Value, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        Target.Assign(scope, Value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>{% set x | filters %}…{% endset %}</c> and <c>{% filter filters %}…{% endfilter %}</c>, the latter without a target.</summary>
internal sealed record CaptureBlock(Target? Target, Expression Filtered, IReadOnlyList<Statement> Body, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        var inner = scope.Inner();
        inner.Set(Hole.Key, Capture(Body, inner));
        var value = Filtered.Evaluate(inner);
        if (Target is not null) Target.Assign(scope, value);
        else Rendering.Write(output, value.ToString());
        return Flow.Next;
    }
}

internal sealed record With(IReadOnlyList<(Target Target, Expression Value)> Bindings, IReadOnlyList<Statement> Body, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        var inner = scope.Inner();
        foreach (var (target, value) in Bindings) target.Assign(inner, value.Evaluate(scope));
        return Run(Body, inner, output);
    }
}

/// <summary>A body that is only grouped: Hugging Face's <c>generation</c> tag, which marks what the assistant wrote.</summary>
internal sealed record Group(IReadOnlyList<Statement> Body, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output) => Run(Body, scope.Inner(), output);
}

/// <summary>What can stand left of an assignment: a name, a namespace's attribute, or several.</summary>
internal abstract record Target
{
    public abstract void Assign(Scope scope, Value value);
}

internal sealed record NameTarget(string Name) : Target
{
    public override void Assign(Scope scope, Value value) => scope.Set(Name, value);
}

internal sealed record NamespaceTarget(string Name, string Attribute) : Target
{
    public override void Assign(Scope scope, Value value)
    {
        if (scope.Find(Name) is not NamespaceValue space) throw new TemplateException("cannot assign attribute on non-namespace object");
        space.Set(Attribute, value);
    }
}

internal sealed record TupleTarget(IReadOnlyList<Target> Targets) : Target
{
    public override void Assign(Scope scope, Value value)
    {
        if (value.Items is null) throw new TemplateException($"cannot unpack non-iterable {value.TypeName} object");
        Value[] items = [.. value.Items];
        if (items.Length < Targets.Count) throw new TemplateException($"not enough values to unpack (expected {Targets.Count}, got {items.Length})");
        if (items.Length > Targets.Count) throw new TemplateException($"too many values to unpack (expected {Targets.Count})");
        for (int i = 0; i < items.Length; i++) Targets[i].Assign(scope, items[i]);
    }
}
