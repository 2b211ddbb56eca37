using System.Globalization;
using System.Text.RegularExpressions;

namespace Kdsl.Bench.Serving.Judging;

/// <summary>MindIE's reading of a gsm8k answer (benchmark, common/results.py): the last number in it, without commas and plus sign.</summary>
static partial class LastNumber
{
    /// <summary>The number; null: there is none.</summary>
    public static string? Of(string text)
    {
        string? last = null;
        foreach (Match match in Number().Matches(text))
            last = match.Value;
        return last?.Replace(",", "", StringComparison.Ordinal).Replace("+", "", StringComparison.Ordinal);
    }

    /// <summary>Whether two numbers differ by at most 0.0001.</summary>
    public static bool AreClose(string? a, string? b) =>
        a is not null && b is not null && (a == b || (Value(a) is { } x && Value(b) is { } y && Math.Abs(x - y) <= 1e-4m));

    static decimal? Value(string text) => decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value) ? value : null;

    [GeneratedRegex(@"([+-])?(?=([0-9]|\.[0-9]))(0|([1-9](\d{0,2}(,\d{3})*)|\d*))?(\.\d*)?(?=\D|$)")]
    private static partial Regex Number();
}
