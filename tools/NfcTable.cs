#:property InvariantGlobalization=false
#:property PublishAot=false
// Writes src/Runtime/Text/Unicode/NfcTable.cs from the Unicode data behind string.Normalize (ICU): dotnet run tools/NfcTable.cs > FILE
using System.Text;

string D(string s) => s.Normalize(NormalizationForm.FormD);
string C(string s) => s.Normalize(NormalizationForm.FormC);
string S(int code) => char.ConvertFromUtf32(code);
if (D("é").Length != 2) throw new InvalidOperationException("string.Normalize does nothing here: install libicu, or run on Windows");

// Combining classes are seen through canonical ordering only, so ranks do: two marks share a class when neither passes the other.
List<int> ranks = [];
bool Passes(int moved, int over) => D("a" + S(over) + S(moved)) == "a" + S(moved) + S(over) && moved != over;
var codes = Enumerable.Range(0x80, 0x110000 - 0x80).Where(c => c is (< 0xD800 or > 0xDFFF) and not (>= 0xAC00 and <= 0xD7A3)
    && (c & 0xFFFE) != 0xFFFE && c is not (>= 0xFDD0 and <= 0xFDEF)).ToList();
int lowest = 0x334, high = 0x301;
var marks = codes.Where(c => D(S(c)) == S(c) && (Passes(lowest, c) || Passes(c, high))).ToList();
foreach (int mark in marks)
    if (!ranks.Any(r => !Passes(r, mark) && !Passes(mark, r))) ranks.Add(mark);
ranks.Sort((a, b) => a == b ? 0 : Passes(a, b) ? -1 : 1);
int Rank(int mark) => 1 + ranks.FindIndex(r => !Passes(r, mark) && !Passes(mark, r));

List<string> classes = [];
for (int i = 0, j; i < marks.Count; i = j)
{
    int rank = Rank(marks[i]);
    for (j = i + 1; j < marks.Count && marks[j] == marks[j - 1] + 1 && Rank(marks[j]) == rank; j++) { }
    classes.Add($"0x{marks[i]:X}, 0x{marks[j - 1]:X}, {rank},");
}

// The first part of a mapping may decompose further: it is the composed form of all but the last code point.
List<string> decompositions = [];
foreach (int code in codes.Where(c => D(S(c)) != S(c)))
{
    var full = D(S(code)).EnumerateRunes().Select(r => r.Value).ToArray();
    if (full.Length == 1) { decompositions.Add($"0x{code:X}, 0x{full[0]:X}, 0,"); continue; }
    string head = string.Concat(full[..^1].Select(S));
    var first = C(head).EnumerateRunes().ToArray();
    bool split = first.Length == 1 && D(S(first[0].Value) + S(full[^1])) == D(S(code));
    // A head that does not compose is only that of an excluded character with three parts: chain it through a table row of its own.
    if (!split) first = [new Rune(codes.First(c => D(S(c)) == head))];
    string sign = C(S(code)) == S(code) ? "" : "-";
    decompositions.Add($"0x{code:X}, 0x{first[0].Value:X}, {sign}0x{full[^1]:X},");
}

Console.WriteLine($$"""
    namespace KernelDsl.Runtime.Text.Unicode;

    /// <summary>Canonical decompositions and ranks of combining classes. Written by tools/NfcTable.cs; do not edit.</summary>
    internal static class NfcTable
    {
        /// <summary>Triples: code point, first part, second part (0: none; negative: never recomposed).</summary>
        public static ReadOnlySpan<int> Decompositions =>
        [
    {{Lines(decompositions)}}
        ];

        /// <summary>Triples: first and last code point of a range, rank of its combining class (0 elsewhere).</summary>
        public static ReadOnlySpan<int> Classes =>
        [
    {{Lines(classes)}}
        ];
    }
    """);

static string Lines(List<string> items)
{
    StringBuilder text = new();
    int width = 0;
    foreach (string item in items)
    {
        if (width == 0 || width + 1 + item.Length > 136)
        {
            text.Append(width == 0 ? "        " : "\n        ").Append(item);
            width = 8 + item.Length;
        }
        else
        {
            text.Append(' ').Append(item);
            width += 1 + item.Length;
        }
    }
    return text.ToString();
}
