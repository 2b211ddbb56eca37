using System.Text;

namespace Kdsl.Bench.Serving.Output;

/// <summary>A grid as Python's prettytable draws it, all columns to the right.</summary>
static class PrettyTable
{
    /// <summary>Draws it, without a line end behind the last line.</summary>
    /// <param name="rows">The head first; all of one length.</param>
    public static string Draw(IReadOnlyList<IReadOnlyList<string>> rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Count).Select(column => rows.Max(row => Width(row[column])))];
        string rule = $"+{string.Concat(widths.Select(static width => new string('-', width + 2) + "+"))}";
        var text = new StringBuilder().Append(rule);
        foreach (var (i, row) in rows.Index())
        {
            text.Append("\n|");
            foreach (var (column, cell) in row.Index())
                text.Append(' ').Append(' ', widths[column] - Width(cell)).Append(cell).Append(" |");
            if (i == 0)
                text.Append('\n').Append(rule);
        }

        return text.Append('\n').Append(rule).ToString();
    }

    /// <summary>Columns of a terminal: East Asian wide characters (UAX #11) take two. Paths have them.</summary>
    static int Width(string text) => text.EnumerateRunes().Sum(static rune => rune.Value is
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F)
        or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x1F64F) or (>= 0x20000 and <= 0x3FFFD) ? 2 : 1);
}
