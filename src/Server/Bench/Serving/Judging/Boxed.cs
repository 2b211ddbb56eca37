using System.Globalization;
using System.Text.RegularExpressions;

namespace Kdsl.Bench.Serving.Judging;

/// <summary>The answer that a model puts in <c>\boxed{...}</c>, as models trained on mathematics do.</summary>
static partial class Boxed
{
    const string Mark = @"\boxed{";

    /// <summary>The number in the last box; null: no box, or none in it.</summary>
    public static string? NumberOf(string text)
    {
        int start = text.LastIndexOf(Mark, StringComparison.Ordinal);
        return start < 0 || Content(text, start + Mark.Length) is not { } content ? null
            : Fraction(content) ?? LastNumber.Of(content.Replace("{,}", ",", StringComparison.Ordinal).Replace(@"\,", "", StringComparison.Ordinal).Replace(@"\!", "", StringComparison.Ordinal));
    }

    /// <summary>Up to the brace that closes the box; null: the text was cut in it.</summary>
    static string? Content(string text, int start)
    {
        int depth = 1;
        for (int i = start; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
                return text[start..i];
        }

        return null;
    }

    static string? Fraction(string content)
    {
        var match = FractionOfIntegers().Match(content);
        return match.Success && decimal.TryParse(match.Groups[2].Value, CultureInfo.InvariantCulture, out decimal above)
            && decimal.TryParse(match.Groups[3].Value, CultureInfo.InvariantCulture, out decimal below) && below != 0
            ? string.Create(CultureInfo.InvariantCulture, $"{(match.Groups[1].Length > 0 ? -1 : 1) * above / below}") : null;
    }

    [GeneratedRegex(@"(-?)\\[dt]?frac\{(\d+)\}\{(\d+)\}")]
    private static partial Regex FractionOfIntegers();
}
