using System.Runtime.InteropServices;
using System.Text;

namespace KernelDsl.Runtime.Text.Unicode;

/// <summary>
/// Normalization Form C (UAX #15) over a table of its own: with InvariantGlobalization, string.Normalize leaves everything
/// outside ASCII as it is. Ill-formed UTF-16 becomes U+FFFD.
/// </summary>
internal static class Nfc
{
    const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    const int VowelCount = 21, TrailCount = 28, LeadCount = 19, HangulCount = LeadCount * VowelCount * TrailCount;

    static readonly Dictionary<int, (int First, int Second)> Decompositions = [];
    static readonly Dictionary<(int First, int Second), int> Compositions = [];
    static readonly Dictionary<int, byte> Classes = [];

    /// <summary>Code points that NFC may change, move or merge into the one before: a text without any is in NFC.</summary>
    static readonly HashSet<int> Unsettled = [];

    static Nfc()
    {
        var rows = NfcTable.Decompositions;
        for (int i = 0; i < rows.Length; i += 3)
        {
            var (code, first, second) = (rows[i], rows[i + 1], rows[i + 2]);
            Decompositions.Add(code, (first, Math.Abs(second)));
            if (second > 0) Compositions.Add((first, second), code);
            Unsettled.Add(second > 0 ? second : code);
        }
        var ranges = NfcTable.Classes;
        for (int i = 0; i < ranges.Length; i += 3)
            for (int code = ranges[i]; code <= ranges[i + 1]; code++) Classes.Add(code, (byte)ranges[i + 2]);
        Unsettled.UnionWith(Classes.Keys);
        Unsettled.UnionWith(Enumerable.Range(VowelBase, VowelCount));
        Unsettled.UnionWith(Enumerable.Range(TrailBase + 1, TrailCount - 1));
    }

    /// <summary>The text in NFC; the same instance when nothing can change.</summary>
    public static string Normalize(string text) => IsSettled(text) ? text : Compose(Decompose(text));

    static bool IsSettled(string text)
    {
        int from = text.AsSpan().IndexOfAnyExceptInRange('\0', '\u02FF');
        if (from < 0) return true;
        foreach (var rune in text.AsSpan(from).EnumerateRunes())
            if (rune == Rune.ReplacementChar || Unsettled.Contains(rune.Value)) return false;
        return true;
    }

    static List<int> Decompose(string text)
    {
        List<int> codes = new(text.Length + 8);
        foreach (var rune in text.EnumerateRunes()) Expand(rune.Value, codes);
        SortMarks(codes);
        return codes;
    }

    static void Expand(int code, List<int> codes)
    {
        if (code is >= HangulBase and < HangulBase + HangulCount)
        {
            int index = code - HangulBase;
            codes.Add(LeadBase + index / (VowelCount * TrailCount));
            codes.Add(VowelBase + index % (VowelCount * TrailCount) / TrailCount);
            if (index % TrailCount != 0) codes.Add(TrailBase + index % TrailCount);
        }
        else if (code >= 0xC0 && Decompositions.TryGetValue(code, out var parts))
        {
            Expand(parts.First, codes);
            if (parts.Second != 0) codes.Add(parts.Second);
        }
        else codes.Add(code);
    }

    /// <summary>Canonical ordering: each run of marks stably by combining class.</summary>
    static void SortMarks(List<int> codes)
    {
        for (int start = 0; start < codes.Count; start++)
        {
            if (Class(codes[start]) == 0) continue;
            int end = start + 1;
            while (end < codes.Count && Class(codes[end]) != 0) end++;
            if (end - start > 1)
            {
                int[] sorted = [.. codes[start..end].OrderBy(Class)];
                for (int i = 0; i < sorted.Length; i++) codes[start + i] = sorted[i];
            }
            start = end - 1;
        }
    }

    static string Compose(List<int> list)
    {
        var codes = CollectionsMarshal.AsSpan(list);
        int starter = -1, last = 0, kept = 0;
        foreach (int code in codes)
        {
            int combiningClass = Class(code);
            // A mark is blocked from its starter by an equal or higher class between them; a starter, by anything between.
            bool adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || last < combiningClass) && Pair(codes[starter], code) is > 0 and int composed)
            {
                codes[starter] = composed;
                continue;
            }
            if (combiningClass == 0) starter = kept;
            last = combiningClass;
            codes[kept++] = code;
        }
        StringBuilder text = new(kept);
        Span<char> units = stackalloc char[2];
        for (int i = 0; i < kept; i++) text.Append(units[..new Rune(codes[i]).EncodeToUtf16(units)]);
        return text.ToString();
    }

    static int Pair(int first, int second)
    {
        if (first - LeadBase is >= 0 and < LeadCount and int lead && second - VowelBase is >= 0 and < VowelCount and int vowel)
            return HangulBase + (lead * VowelCount + vowel) * TrailCount;
        if (first - HangulBase is >= 0 and < HangulCount and int syllable && syllable % TrailCount == 0
            && second - TrailBase is > 0 and < TrailCount and int trail)
            return first + trail;
        return Compositions.GetValueOrDefault((first, second));
    }

    static int Class(int code) => code < 0x300 ? 0 : Classes.GetValueOrDefault(code);
}
