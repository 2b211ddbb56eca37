using System.Globalization;
using System.Numerics;
using System.Text;

namespace KernelDsl.Runtime.Text.Templates.Values;

/// <summary>None; JSON's null.</summary>
public sealed class NoneValue : Value
{
    public static readonly NoneValue Instance = new();

    public override string TypeName => "NoneType";
    public override bool IsTrue => false;
    public override void WriteRepr(StringBuilder text) => text.Append("None");
    internal override string Description => "None";
}

/// <summary>What a name or attribute that is not there gives: prints as nothing, and fails when anything else is done with it.</summary>
internal sealed class UndefinedValue(string message) : Value
{
    public override string TypeName => "Undefined";
    public override bool IsTrue => false;
    public override int? Length => 0;
    public override void WriteRepr(StringBuilder text) => text.Append("Undefined");
    public override string ToString() => "";
    internal override IEnumerable<Value> Items => [];
    public override bool Equals(object? obj) => obj is UndefinedValue;
    public override int GetHashCode() => 0;

    public TemplateException Error() => new(message);
}

/// <summary>A number: ints, floats and bools compare and hash by value across types.</summary>
public abstract class NumberValue : Value
{
    internal abstract double AsDouble { get; }

    public override bool Equals(object? obj) => (this, obj) switch
    {
        (IntValue a, IntValue b) => a.Number == b.Number,
        (NumberValue a, NumberValue b) => a.AsDouble == b.AsDouble,
        _ => false,
    };

    public override int GetHashCode() => AsDouble.GetHashCode();
}

/// <summary>An int of any size.</summary>
public class IntValue(BigInteger number) : NumberValue
{
    public BigInteger Number { get; } = number;
    public override string TypeName => "int";
    public override bool IsTrue => !Number.IsZero;
    public override void WriteRepr(StringBuilder text) => text.Append(Number.ToString(CultureInfo.InvariantCulture));
    internal override double AsDouble => (double)Number;
}

/// <summary>True or False, which Python counts among the ints.</summary>
public sealed class BoolValue : IntValue
{
    public static readonly BoolValue True = new(1), False = new(0);

    BoolValue(int number) : base(number) { }

    public override string TypeName => "bool";
    public override void WriteRepr(StringBuilder text) => text.Append(IsTrue ? "True" : "False");
}

/// <summary>A float; 1.0 prints as 1.0.</summary>
public sealed class FloatValue(double number) : NumberValue
{
    public double Number { get; } = number;
    public override string TypeName => "float";
    public override bool IsTrue => Number != 0;
    public override void WriteRepr(StringBuilder text) => text.Append(PythonFormat.Repr(Number));
    internal override double AsDouble => Number;
}

/// <summary>A str; length and indices count code points.</summary>
/// <param name="isMarkup">What the safe filter makes: text that, joined to another by +, has the other's HTML characters escaped.</param>
public sealed class StringValue(string text, bool isMarkup = false) : Value
{
    public string Text { get; } = text;

    /// <summary>Whether the text is markup; equal texts are equal whether markup or not.</summary>
    public bool IsMarkup { get; } = isMarkup;
    public override string TypeName => "str";
    public override bool IsTrue => Text.Length > 0;
    public override int? Length => CodePoints.Count(Text);
    public override void WriteRepr(StringBuilder text) => PythonFormat.WriteRepr(Text, text);
    public override string ToString() => Text;
    public override bool Equals(object? obj) => obj is StringValue s && s.Text == Text;
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);
    internal override IEnumerable<Value> Items => Text.EnumerateRunes().Select(r => (Value)r.ToString());
    internal override Value? ItemAt(Value key) => key is IntValue { Number: var n } && CodePoints.At(Text, n) is { } c ? new StringValue(c) : null;
    internal override Value? Attribute(string name) => Builtins.StringMethods.Table.Bind(name, this);
}
