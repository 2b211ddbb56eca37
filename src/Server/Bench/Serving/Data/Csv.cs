using System.Text;

namespace Kdsl.Bench.Serving.Data;

/// <summary>Comma-separated values (RFC 4180): fields may be quoted, and then hold commas, line ends and doubled quotes.</summary>
static class Csv
{
    /// <summary>The rows of a text; empty lines are none.</summary>
    public static IEnumerable<IReadOnlyList<string>> Parse(string text)
    {
        var row = new List<string>();
        var field = new StringBuilder();
        bool quoted = false, wasQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                field.Append(text[++i]);
            else if (c == '"' && (quoted || field.Length == 0))
                (quoted, wasQuoted) = (!quoted, true);
            else if (quoted || c is not (',' or '\n' or '\r'))
                field.Append(c);
            else if (c != '\r')
            {
                row.Add(field.ToString());
                field.Clear();
                if (c == ',')
                    continue;
                if (row is not [""] || wasQuoted)
                    yield return row;
                (row, wasQuoted) = ([], false);
            }
        }

        if (field.Length == 0 && row.Count == 0)
            yield break;
        row.Add(field.ToString());
        yield return row;
    }

    /// <summary>A field as it is written: quoted where it must be.</summary>
    public static string Quote(string field) => field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A row as it is written, without its line end.</summary>
    public static string Line(IEnumerable<string> fields) => string.Join(',', fields.Select(Quote));
}
