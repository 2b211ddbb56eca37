using System.Text;
using KernelDsl.Runtime.Text.Templates.Syntax;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>jinja2's tests.</summary>
internal static class Tests
{
    public static readonly BuiltinTable Table = new BuiltinTable()
        .Add("boolean", "", c => c.Self is BoolValue)
        .Add("callable", "", c => c.Self is FunctionValue or LoopValue or UndefinedValue)
        .Add("defined", "", c => c.Self is not UndefinedValue)
        .Add("divisibleby", "num", c => !Operators.Apply("%", c.Self, c[0]!).IsTrue)
        .Add("eq equalto ==", "other", c => c.Self.Equals(c[0]))
        .Add("escaped", "", c => c.Self is StringValue { IsMarkup: true })
        .Add("even", "", c => !Operators.Apply("%", c.Self, 2).IsTrue)
        .Add("false", "", c => c.Self is BoolValue { IsTrue: false })
        .Add("filter", "", c => Filters.Table.Find(c.Text) is not null)
        .Add("float", "", c => c.Self is FloatValue)
        .Add("ge >=", "other", c => Operators.Compare(">=", c.Self, c[0]!))
        .Add("gt greaterthan >", "other", c => Operators.Compare(">", c.Self, c[0]!))
        .Add("in", "seq", c => Operators.Contains(c[0]!, c.Self))
        .Add("integer", "", c => c.Self is IntValue and not BoolValue)
        .Add("iterable", "", c => c.Self.Items is not null)
        .Add("le <=", "other", c => Operators.Compare("<=", c.Self, c[0]!))
        .Add("lower", "", c => StringMethods.IsCase(c.Text, Rune.IsLower, Rune.IsUpper))
        .Add("lt lessthan <", "other", c => Operators.Compare("<", c.Self, c[0]!))
        .Add("mapping", "", c => c.Self is DictValue)
        .Add("ne !=", "other", c => !c.Self.Equals(c[0]))
        .Add("none", "", c => c.Self is NoneValue)
        .Add("number", "", c => c.Self is NumberValue)
        .Add("odd", "", c => Operators.Compare("==", Operators.Apply("%", c.Self, 2), 1))
        .Add("sameas", "other", c => ReferenceEquals(c.Self, c[0]) || c.Self is IntValue or StringValue && c.Self.GetType() == c[0]!.GetType() && c.Self.Equals(c[0]))
        .Add("sequence", "", c => c.Self is StringValue or UndefinedValue or DictValue or (SequenceValue and not ViewValue))
        .Add("string", "", c => c.Self is StringValue)
        .Add("test", "", c => Table!.Find(c.Text) is not null)
        .Add("true", "", c => c.Self is BoolValue { IsTrue: true })
        .Add("undefined", "", c => c.Self is UndefinedValue)
        .Add("upper", "", c => StringMethods.IsCase(c.Text, Rune.IsUpper, Rune.IsLower));
}
