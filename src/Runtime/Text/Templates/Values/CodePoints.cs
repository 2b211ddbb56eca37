using System.Numerics;
using System.Text;

namespace KernelDsl.Runtime.Text.Templates.Values;

/// <summary>Python's view of strings: indices count code points, not UTF-16 units.</summary>
internal static class CodePoints
{
    public static int Count(string text)
    {
        int pairs = 0;
        foreach (char c in text) if (char.IsLowSurrogate(c)) pairs++;
        return text.Length - pairs;
    }

    public static string? At(string text, BigInteger index)
    {
        int count = Count(text);
        if (index < 0) index += count;
        if (index < 0 || index >= count) return null;
        return count == text.Length ? text[(int)index].ToString() : text.EnumerateRunes().ElementAt((int)index).ToString();
    }

    /// <summary>Indices that a slice picks out of <paramref name="length"/> items.</summary>
    public static IEnumerable<int> Slice(int length, BigInteger? start, BigInteger? stop, BigInteger? step)
    {
        BigInteger by = step ?? 1;
        if (by.IsZero) throw new TemplateException("slice step cannot be zero");
        int low = by > 0 ? 0 : -1, high = by > 0 ? length : length - 1;
        int first = Clamp(start, by > 0 ? low : high), end = Clamp(stop, by > 0 ? high : low);
        int stride = (int)BigInteger.Max(BigInteger.Min(by, length + 1), -length - 1);
        for (int i = first; stride > 0 ? i < end : i > end; i += stride) yield return i;

        int Clamp(BigInteger? index, int missing) =>
            index is not { } n ? missing : (int)BigInteger.Max(BigInteger.Min(n < 0 ? n + length : n, high), low);
    }

    public static string Slice(string text, BigInteger? start, BigInteger? stop, BigInteger? step)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        StringBuilder result = new();
        foreach (int i in Slice(runes.Length, start, stop, step)) result.Append(runes[i]);
        return result.ToString();
    }
}
