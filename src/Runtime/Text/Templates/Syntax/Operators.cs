using System.Numerics;
using KernelDsl.Runtime.Text.Templates.Builtins;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Python's arithmetic and comparisons.</summary>
internal static class Operators
{
    public static bool Compare(string op, Value left, Value right) => op switch
    {
        "==" => left.Equals(right),
        "!=" => !left.Equals(right),
        "in" => Contains(right, left),
        "not in" => !Contains(right, left),
        "<" => Order(op, left, right) < 0,
        "<=" => Order(op, left, right) <= 0,
        ">" => Order(op, left, right) > 0,
        _ => Order(op, left, right) >= 0,
    };

    /// <summary>Sign of the comparison that <paramref name="op"/> asks for.</summary>
    public static int Order(string op, Value left, Value right)
    {
        Check(left);
        Check(right);
        switch (left, right)
        {
            case (IntValue a, IntValue b): return a.Number.CompareTo(b.Number);
            case (NumberValue a, NumberValue b): return a.AsDouble.CompareTo(b.AsDouble);
            case (StringValue a, StringValue b): return OrderText(a.Text, b.Text);
            case (SequenceValue a, SequenceValue b) when a.GetType() == b.GetType() && a is (ListValue or TupleValue):
                for (int i = 0; i < Math.Min(a.Values.Count, b.Values.Count); i++)
                    if (!a.Values[i].Equals(b.Values[i])) return Order(op, a.Values[i], b.Values[i]);
                return a.Values.Count.CompareTo(b.Values.Count);
            default:
                throw new TemplateException($"'{op}' not supported between instances of '{left.TypeName}' and '{right.TypeName}'");
        }
    }

    /// <summary>By code points: UTF-16 order puts astral characters before U+E000.</summary>
    static int OrderText(string a, string b)
    {
        int common = a.AsSpan().CommonPrefixLength(b);
        if (common == a.Length || common == b.Length) return a.Length.CompareTo(b.Length);
        bool astralA = char.IsSurrogate(a[common]), astralB = char.IsSurrogate(b[common]);
        return astralA == astralB ? a[common].CompareTo(b[common]) : astralA.CompareTo(astralB);
    }

    public static bool Contains(Value container, Value item) => container switch
    {
        StringValue s when item is StringValue part => s.Text.Contains(part.Text, StringComparison.Ordinal),
        StringValue => throw new TemplateException($"'in <string>' requires string as left operand, not {item.TypeName}"),
        DictValue dict => dict.Find(item) is not null,
        { Items: { } items } => items.Contains(item),
        _ => throw new TemplateException($"argument of type '{container.TypeName}' is not iterable"),
    };

    public static Value Sign(Value operand, bool negate)
    {
        Check(operand);
        return operand switch
        {
            IntValue i => new IntValue(negate ? -i.Number : i.Number),
            FloatValue f => new FloatValue(negate ? -f.Number : f.Number),
            _ => throw new TemplateException($"bad operand type for unary {(negate ? '-' : '+')}: '{operand.TypeName}'"),
        };
    }

    public static Value Apply(string op, Value left, Value right)
    {
        if (op == "%" && left is StringValue format) return PercentFormat.Apply(format.Text, right);
        Check(left);
        Check(right);
        return (op, left, right) switch
        {
            (_, IntValue a, IntValue b) => Integers(op, a.Number, b.Number),
            (_, NumberValue a, NumberValue b) => Floats(op, a.AsDouble, b.AsDouble),
            ("+", StringValue a, StringValue b) when a.IsMarkup || b.IsMarkup =>
                new StringValue(Join(TextFilters.Escape(a).Text, TextFilters.Escape(b).Text), isMarkup: true),
            ("+", StringValue a, StringValue b) => Join(a.Text, b.Text),
            ("+", ListValue a, ListValue b) => new ListValue(Join(a, b)),
            ("+", TupleValue a, TupleValue b) => new TupleValue(Join(a, b)),
            ("*", StringValue or ListValue or TupleValue, IntValue n) => Repeat(left, n.Number),
            ("*", IntValue n, StringValue or ListValue or TupleValue) => Repeat(right, n.Number),
            ("+", StringValue or ListValue or TupleValue, _) =>
                throw new TemplateException($"can only concatenate {left.TypeName} (not \"{right.TypeName}\") to {left.TypeName}"),
            _ => throw new TemplateException($"unsupported operand type(s) for {(op == "**" ? "** or pow()" : op)}: '{left.TypeName}' and '{right.TypeName}'"),
        };
    }

    static string Join(string a, string b)
    {
        TemplateLimits.Check((long)a.Length + b.Length);
        return a + b;
    }

    static Value[] Join(SequenceValue a, SequenceValue b)
    {
        TemplateLimits.Check((long)a.Values.Count + b.Values.Count);
        return [.. a.Values, .. b.Values];
    }

    static Value Repeat(Value value, BigInteger count)
    {
        int times = count <= 0 ? 0 : (int)BigInteger.Min(count, TemplateLimits.MaxLength + 1);
        TemplateLimits.Check((long)Math.Max(1, (value as StringValue)?.Text.Length ?? value.Length!.Value) * times);
        if (value is StringValue s) return new StringValue(new System.Text.StringBuilder().Insert(0, s.Text, times).ToString(), s.IsMarkup);
        Value[] items = [.. Enumerable.Repeat(((SequenceValue)value).Values, times).SelectMany(v => v)];
        return value is ListValue ? new ListValue(items) : new TupleValue(items);
    }

    static Value Integers(string op, BigInteger a, BigInteger b)
    {
        if (b.IsZero && op is ("/" or "//" or "%"))
            throw new TemplateException(op == "/" ? "division by zero" : op == "//" ? "integer division or modulo by zero" : "integer modulo by zero");
        var floor = op is "//" or "%" ? Floor(a, b) : default;
        return op switch
        {
            "+" => new IntValue(a + b),
            "-" => new IntValue(a - b),
            "*" => new IntValue(Bounded(a * b)),
            "/" => new FloatValue((double)a / (double)b),
            "//" => new IntValue(floor),
            "%" => new IntValue(a - floor * b),
            _ when b < 0 => Floats(op, (double)a, (double)b),
            _ => new IntValue(Power(a, b)),
        };
    }

    static BigInteger Floor(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out var remainder);
        return !remainder.IsZero && remainder.Sign != b.Sign ? quotient - 1 : quotient;
    }

    static BigInteger Bounded(BigInteger n) => n.GetByteCount() <= 4096 ? n : throw new TemplateException("an integer has more than 4096 bytes");

    static BigInteger Power(BigInteger a, BigInteger b) => BigInteger.Abs(a) <= 1 || (BigInteger)a.GetBitLength() * b <= 32768
        ? BigInteger.Pow(a, BigInteger.Abs(a) <= 1 ? (int)(b % 2) + (b > 1 ? 2 : 0) : (int)b)
        : throw new TemplateException("an integer has more than 4096 bytes");

    static FloatValue Floats(string op, double a, double b)
    {
        if (b == 0 && op is ("/" or "//" or "%")) throw new TemplateException(op == "/" ? "float division by zero" : "float floor division by zero");
        if (a == 0 && b < 0 && op == "**") throw new TemplateException("0.0 cannot be raised to a negative power");
        return new(op switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - Math.Floor(a / b) * b,
            _ => Math.Pow(a, b),
        });
    }

    static void Check(Value value)
    {
        if (value is UndefinedValue undefined) throw undefined.Error();
    }
}
