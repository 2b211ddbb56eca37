using System.Globalization;

namespace Kdsl.Bench.Serving.Data;

/// <summary>Prompts as token ids, one in each row of .csv files.</summary>
static class TokenIds
{
    /// <summary>Reads them.</summary>
    public static IEnumerable<DataItem> Read(DataSource source) => DataFiles.Find(source.Path, ".csv")
        .SelectMany(static file => Csv.Parse(DataFiles.ReadText(file)).Select((row, i) => (IReadOnlyList<int>)[.. row.Select(field => Id(field, $"{file}:{i + 1}"))]))
        .Select(static (ids, i) => new DataItem($"{i}", "") { Tokens = ids });

    static int Id(string field, string place) => int.TryParse(field, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out int id)
        ? id : throw new UsageException($"{place}: '{field}' is no token id; expected whole numbers, 0 or more, with commas between them.");
}
