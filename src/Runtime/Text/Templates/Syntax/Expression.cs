using System.Text;
using KernelDsl.Runtime.Text.Templates.Builtins;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Something that has a value.</summary>
internal abstract record Expression
{
    public abstract Value Evaluate(Scope scope);
}

internal sealed record Literal(Value Value) : Expression
{
    public override Value Evaluate(Scope scope) => Value;
}

internal sealed record Name(string Text) : Expression
{
    public override Value Evaluate(Scope scope) => scope.Find(Text) ?? new UndefinedValue($"'{Text}' is undefined");
}

internal sealed record ListLiteral(IReadOnlyList<Expression> Items, bool IsTuple) : Expression
{
    public override Value Evaluate(Scope scope)
    {
        Value[] items = [.. Items.Select(i => i.Evaluate(scope))];
        return IsTuple ? new TupleValue(items) : new ListValue(items);
    }
}

internal sealed record DictLiteral(IReadOnlyList<(Expression Key, Expression Value)> Members) : Expression
{
    public override Value Evaluate(Scope scope)
    {
        DictValue dict = new();
        foreach (var (key, value) in Members) dict[key.Evaluate(scope)] = value.Evaluate(scope);
        return dict;
    }
}

/// <summary><c>target.name</c>: attribute first, then item.</summary>
internal sealed record GetAttribute(Expression Target, string Attribute) : Expression
{
    public override Value Evaluate(Scope scope) => Access.Attribute(Target.Evaluate(scope), Attribute);
}

/// <summary><c>target[key]</c>: item first, then attribute.</summary>
internal sealed record GetItem(Expression Target, Expression Key) : Expression
{
    public override Value Evaluate(Scope scope) => Access.Item(Target.Evaluate(scope), Key.Evaluate(scope));
}

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression
{
    public override Value Evaluate(Scope scope)
    {
        var target = Target.Evaluate(scope);
        var (start, stop, step) = (Bound(Start), Bound(Stop), Bound(Step));
        return target switch
        {
            UndefinedValue undefined => throw undefined.Error(),
            StringValue s => CodePoints.Slice(s.Text, start, stop, step),
            TupleValue t => new TupleValue(Pick(t)),
            ListValue or RangeValue => new ListValue(Pick((SequenceValue)target)),
            DictValue => throw new TemplateException("unhashable type: 'slice'"),
            _ => throw new TemplateException($"'{target.TypeName}' object is not subscriptable"),
        };

        Value[] Pick(SequenceValue s) => [.. CodePoints.Slice(s.Values.Count, start, stop, step).Select(i => s.Values[i])];

        System.Numerics.BigInteger? Bound(Expression? part) => part?.Evaluate(scope) switch
        {
            null or NoneValue => null,
            IntValue i => i.Number,
            _ => throw new TemplateException("slice indices must be integers or None or have an __index__ method"),
        };
    }
}

internal sealed record Conditional(Expression Test, Expression Then, Expression? Else) : Expression
{
    public override Value Evaluate(Scope scope) => Test.Evaluate(scope).IsTrue ? Then.Evaluate(scope)
        : Else?.Evaluate(scope) ?? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined.");
}

internal sealed record Not(Expression Operand) : Expression
{
    public override Value Evaluate(Scope scope) => !Operand.Evaluate(scope).IsTrue;
}

internal sealed record Logical(Expression Left, Expression Right, bool IsAnd) : Expression
{
    public override Value Evaluate(Scope scope)
    {
        var left = Left.Evaluate(scope);
        return left.IsTrue == IsAnd ? Right.Evaluate(scope) : left;
    }
}

/// <summary>A chain such as <c>0 &lt; x &lt;= 9</c>.</summary>
internal sealed record Comparison(Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression
{
    public override Value Evaluate(Scope scope)
    {
        var left = First.Evaluate(scope);
        foreach (var (op, operand) in Rest)
        {
            var right = operand.Evaluate(scope);
            if (!Operators.Compare(op, left, right)) return false;
            left = right;
        }
        return true;
    }
}

internal sealed record Unary(Expression Operand, bool IsNegation) : Expression
{
    public override Value Evaluate(Scope scope) => Operators.Sign(Operand.Evaluate(scope), IsNegation);
}

internal sealed record Binary(string Operator, Expression Left, Expression Right) : Expression
{
    public override Value Evaluate(Scope scope) => Operators.Apply(Operator, Left.Evaluate(scope), Right.Evaluate(scope));
}

/// <summary><c>a ~ b ~ c</c>: the texts joined.</summary>
internal sealed record Concatenation(IReadOnlyList<Expression> Parts) : Expression
{
    public override Value Evaluate(Scope scope)
    {
        StringBuilder text = new();
        foreach (var part in Parts) Rendering.Write(text, part.Evaluate(scope).ToString());
        return text.ToString();
    }
}

/// <summary>Arguments as they are written: <c>f(a, *more, b=1, **named)</c>.</summary>
internal sealed record CallArguments(
    IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named, Expression? Rest, Expression? NamedRest)
{
    public static readonly CallArguments None = new([], [], null, null);

    public Arguments Evaluate(Scope scope)
    {
        List<Value> positional = [.. Positional.Select(a => a.Evaluate(scope))];
        if (Rest is not null) positional.AddRange(Access.Items(Rest.Evaluate(scope)));
        Dictionary<string, Value> named = [];
        foreach (var (name, value) in Named) named[name] = value.Evaluate(scope);
        if (NamedRest is not null)
        {
            if (NamedRest.Evaluate(scope) is not DictValue dict) throw new TemplateException("argument after ** must be a mapping");
            foreach (var (key, value) in dict) named[key.ToString()] = value;
        }
        return new(positional, named);
    }
}

internal sealed record Call(Expression Target, CallArguments Arguments, int Line) : Expression
{
    public override Value Evaluate(Scope scope)
    {
        try
        {
            return Access.Call(scope.Rendering, Target.Evaluate(scope), Arguments.Evaluate(scope));
        }
        catch (TemplateException e) when (e.Locate(Line))
        {
            throw;
        }
    }
}

internal sealed record Filter(Expression Input, Builtin Function, CallArguments Arguments) : Expression
{
    public override Value Evaluate(Scope scope) => Function.Call(scope.Rendering, Input.Evaluate(scope), Arguments.Evaluate(scope));
}

internal sealed record Test(Expression Input, Builtin Function, CallArguments Arguments) : Expression
{
    public override Value Evaluate(Scope scope) => Function.Call(scope.Rendering, Input.Evaluate(scope), Arguments.Evaluate(scope));
}

/// <summary>A value computed beforehand, for the text that a filter block hands to its filters.</summary>
internal sealed record Hole : Expression
{
    public const string Key = "\0filtered";

    public override Value Evaluate(Scope scope) => scope.Find(Key)!;
}
