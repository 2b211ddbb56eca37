using System.Globalization;

namespace KernelDsl.Backends.Ilgpu;

/// <summary>
/// An int computed from a launch's arguments, in postfix words: a number, "dP.D" (dimension D of parameter P), "iP" (int parameter P), an
/// operator, or "?" (condition, value if non-zero, value otherwise). Grid extents are such words because the PTX cannot carry them.
/// </summary>
public static class LaunchExpression
{
    private const int MaximumDepth = 64;

    /// <summary>The expression's value for these arguments.</summary>
    /// <exception cref="FormatException">A word is none of the above, or the words do not leave exactly one value.</exception>
    public static int Evaluate(string expression, ReadOnlySpan<KernelArgument> arguments)
    {
        Span<int> stack = stackalloc int[MaximumDepth];
        int depth = 0;
        foreach (var range in expression.AsSpan().Split(' '))
        {
            var word = expression.AsSpan(range);
            int operands = word switch { "?" => 3, _ when Operand(word, arguments) is not null => 0, _ => 2 };
            if (depth < operands || depth - operands >= MaximumDepth) throw Malformed(expression);
            depth -= operands;
            var top = stack[depth..];
            top[0] = operands switch
            {
                0 => Operand(word, arguments)!.Value,
                3 => top[0] != 0 ? top[1] : top[2],
                _ => Apply(word, top[0], top[1]) ?? throw Malformed(expression),
            };
            depth++;
        }
        return depth == 1 ? stack[0] : throw Malformed(expression);
    }

    private static int? Operand(ReadOnlySpan<char> word, ReadOnlySpan<KernelArgument> arguments)
    {
        if (int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)) return number;
        if (word is ['i', .. var position] && Index(position, arguments) is { } value) return arguments[value].Int;
        if (word is not ['d', .. var place] || place.IndexOf('.') is not (> 0 and var dot)) return null;
        if (Index(place[..dot], arguments) is not { } view) return null;
        return place[(dot + 1)..] switch
        {
            "0" => arguments[view].Dim0,
            "1" => arguments[view].Dim1,
            "2" => arguments[view].Dim2,
            "3" => arguments[view].Dim3,
            _ => null,
        };
    }

    private static int? Index(ReadOnlySpan<char> digits, ReadOnlySpan<KernelArgument> arguments) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < arguments.Length ? index : null;

    private static int? Apply(ReadOnlySpan<char> word, int a, int b) => word switch
    {
        "+" => a + b,
        "-" => a - b,
        "*" => a * b,
        "/" => a / b,
        "%" => a % b,
        "min" => Math.Min(a, b),
        "max" => Math.Max(a, b),
        "ceildiv" => (a + b - 1) / b,
        "<" => a < b ? 1 : 0,
        "<=" => a <= b ? 1 : 0,
        ">" => a > b ? 1 : 0,
        ">=" => a >= b ? 1 : 0,
        "==" => a == b ? 1 : 0,
        "!=" => a != b ? 1 : 0,
        "&&" => a != 0 && b != 0 ? 1 : 0,
        "||" => a != 0 || b != 0 ? 1 : 0,
        _ => null,
    };

    private static FormatException Malformed(string expression) =>
        new($"'{expression}' is not a launch expression (postfix words: numbers, dP.D, iP, operators) for these arguments; rebuild the manifest");
}
