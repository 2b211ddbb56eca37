using System.Globalization;
using System.Numerics;
using System.Text;

namespace KernelDsl.Runtime.Text.Templates.Values;

/// <summary>Python's repr() of strings and floats.</summary>
internal static class PythonFormat
{
    public static string Repr(double number)
    {
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        string sign = double.IsNegative(number) ? "-" : "";
        var (digits, exponent) = Shortest(Math.Abs(number));
        if (exponent is < -4 or >= 16)
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        if (exponent < 0) return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
        digits = digits.PadRight(exponent + 2, '0');
        return $"{sign}{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}";
    }

    /// <summary>The fewest significant digits that read back as the number, and the decimal exponent of the first.</summary>
    static (string Digits, int Exponent) Shortest(double number)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        int e = text.IndexOf('E'), exponent = e < 0 ? 0 : int.Parse(text.AsSpan(e + 1), provider: CultureInfo.InvariantCulture);
        string plain = e < 0 ? text : text[..e];
        int point = plain.IndexOf('.') is var p && p < 0 ? plain.Length : p;
        string digits = plain.Replace(".", "");
        int zeros = digits.Length - digits.TrimStart('0').Length;
        return digits.Trim('0') is { Length: > 0 } significant ? (significant, exponent + point - 1 - zeros) : ("0", 0);
    }

    /// <summary>Exactly rounded to a number of decimal places, ties to even, as Python's round() and %f do; negative places round to tens.</summary>
    public static string Fixed(double number, int places)
    {
        if (!double.IsFinite(number)) return Repr(number);
        long bits = BitConverter.DoubleToInt64Bits(Math.Abs(number));
        int exponent = Math.Max(1, (int)(bits >> 52)) - 1075;
        BigInteger mantissa = bits >> 52 == 0 ? bits : bits & ((1L << 52) - 1) | 1L << 52;
        var numerator = mantissa * BigInteger.Pow(10, Math.Max(0, places)) * BigInteger.Pow(2, Math.Max(0, exponent));
        var denominator = BigInteger.Pow(10, Math.Max(0, -places)) * BigInteger.Pow(2, Math.Max(0, -exponent));
        var quotient = BigInteger.DivRem(numerator, denominator, out var remainder);
        int half = (remainder * 2).CompareTo(denominator);
        if (half > 0 || half == 0 && !quotient.IsEven) quotient++;
        string digits = (quotient * BigInteger.Pow(10, Math.Max(0, -places))).ToString(CultureInfo.InvariantCulture);
        if (places > 0) digits = digits.PadLeft(places + 1, '0').Insert(Math.Max(digits.Length, places + 1) - places, ".");
        return double.IsNegative(number) ? "-" + digits : digits;
    }

    public static void WriteRepr(string value, StringBuilder text)
    {
        char quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (var rune in value.EnumerateRunes())
            if (rune.Value == quote || rune.Value == '\\') text.Append('\\').Append(rune);
            else if (rune.Value is '\n' or '\r' or '\t') text.Append(rune.Value switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
            else if (IsPrintable(rune)) text.Append(rune);
            else text.Append(rune.Value < 0x100 ? $"\\x{rune.Value:x2}" : rune.Value < 0x10000 ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}");
        text.Append(quote);
    }

    static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
