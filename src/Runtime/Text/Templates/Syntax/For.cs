using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

internal sealed record For(
    Target Target, Expression Source, Expression? Condition, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else, bool Recursive, int Line) : Statement(Line)
{
    public override Flow Execute(Scope scope, StringBuilder output)
    {
        Iterate(scope, output, Source.Evaluate(scope), depth: 0);
        return Flow.Next;
    }

    void Iterate(Scope scope, StringBuilder output, Value source, int depth)
    {
        var items = Select(scope, source);
        LoopValue loop = new(items, depth, Recursive ? Recurse : null);
        foreach (var item in items)
        {
            scope.Rendering.Step();
            var inner = scope.Inner();
            Target.Assign(inner, item);
            inner.Set("loop", loop);
            loop.Advance();
            if (Run(Body, inner, output) == Flow.Break) break;
        }
        if (items.Count == 0) Run(Else, scope.Inner(), output);

        Value Recurse(Value children) => scope.Rendering.Nest<Value>(() =>
        {
            StringBuilder text = new();
            Iterate(scope, text, children, depth + 1);
            return text.ToString();
        });
    }

    List<Value> Select(Scope scope, Value source)
    {
        List<Value> items = [];
        foreach (var item in Access.Items(source))
        {
            scope.Rendering.Step();
            if (Condition is not null)
            {
                var inner = scope.Inner();
                Target.Assign(inner, item);
                if (!Condition.Evaluate(inner).IsTrue) continue;
            }
            items.Add(item);
        }
        return items;
    }
}

/// <summary>The <c>loop</c> variable.</summary>
internal sealed class LoopValue(List<Value> items, int depth, Func<Value, Value>? recurse) : Value
{
    int _index = -1;
    Value? _changed;

    public void Advance() => _index++;

    public override string TypeName => "LoopContext";
    public override int? Length => items.Count;
    internal override string Description => "jinja2.runtime.LoopContext object";
    public override void WriteRepr(StringBuilder text) => text.Append($"<LoopContext {_index + 1}/{items.Count}>");

    internal override Value? Attribute(string name) => name switch
    {
        "index" => _index + 1,
        "index0" => _index,
        "revindex" => items.Count - _index,
        "revindex0" => items.Count - _index - 1,
        "first" => _index == 0,
        "last" => _index == items.Count - 1,
        "length" => items.Count,
        "depth" => depth + 1,
        "depth0" => depth,
        "previtem" => _index > 0 ? items[_index - 1] : new UndefinedValue("there is no previous item"),
        "nextitem" => _index + 1 < items.Count ? items[_index + 1] : new UndefinedValue("there is no next item"),
        "cycle" => new FunctionValue("cycle", (_, a) => a.Positional.Count > 0 ? a.Positional[_index % a.Positional.Count] : throw new TemplateException("no items for cycling given")),
        "changed" => new FunctionValue("changed", Changed),
        _ => null,
    };

    /// <summary><c>loop(children)</c> in a recursive loop.</summary>
    public Value Call(Arguments arguments) => recurse is null
        ? throw new TemplateException("The loop must have the 'recursive' marker to be called recursively.")
        : recurse(arguments.Positional.Count == 1 ? arguments.Positional[0] : throw new TemplateException("loop() takes one argument"));

    Value Changed(Rendering rendering, Arguments arguments)
    {
        TupleValue now = new(arguments.Positional);
        bool changed = !now.Equals(_changed);
        _changed = now;
        return changed;
    }
}
