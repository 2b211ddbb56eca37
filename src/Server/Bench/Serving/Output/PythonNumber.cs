using System.Globalization;

namespace Kdsl.Bench.Serving.Output;

/// <summary>Numbers as Python prints them, rounded to four digits: with a point, unless they are whole by nature.</summary>
static class PythonNumber
{
    /// <summary>A float.</summary>
    public static string Of(double value)
    {
        string text = Math.Round(value, 4).ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny(".EN") < 0 ? text + ".0" : text;
    }

    /// <summary>An int, where the value is one.</summary>
    public static string OfWhole(double value) => double.IsInteger(value) ? value.ToString("F0", CultureInfo.InvariantCulture) : Of(value);
}
