using System.Globalization;
using System.Text.Json;

namespace Kdsl.Bench.Serving.Data;

/// <summary>
/// Prompts of chosen lengths, "A A A ...": pairs of input and output tokens from a .csv file with a head, or drawn as a .json file says
/// ({"Input": {"Method", "Params"}, "Output": ..., "RequestCount"}).
/// </summary>
static class Synthetic
{
    const int MostTokens = 1 << 20;

    // What MindIE's benchmark comes with.
    const string Default = """
        {"Input": {"Method": "uniform", "Params": {"MinValue": 1, "MaxValue": 200}},
         "Output": {"Method": "gaussian", "Params": {"Mean": 100, "Var": 200, "MinValue": 1, "MaxValue": 100}}, "RequestCount": 100}
        """;

    /// <summary>Reads the lengths, or draws them.</summary>
    public static IEnumerable<DataItem> Read(DataSource source)
    {
        var lengths = source.SyntheticConfig is not { } file ? FromJson(Default, "synthetic_config.json", source.Seed)
            : file.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) ? FromCsv(file) : FromJson(DataFiles.ReadText(file), file, source.Seed);
        return lengths.Select(static (pair, i) => new DataItem($"synthetic/{i}", string.Join(' ', Enumerable.Repeat("A", pair.Input))) { OutputTokens = pair.Output });
    }

    static IEnumerable<(int Input, int Output)> FromCsv(string file) => Csv.Parse(DataFiles.ReadText(file)).Skip(1).Select((row, i) =>
        row is [var input, var output] && Length(input) is { } a && Length(output) is { } b ? (a, b)
            : throw new UsageException($"{file}:{i + 2}: is '{string.Join(',', row)}'; expected two whole numbers from 1 to {MostTokens}: tokens of input and of output."));

    static int? Length(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length is >= 1 and <= MostTokens ? length : null;

    static IEnumerable<(int Input, int Output)> FromJson(string text, string file, int seed)
    {
        JsonElement root;
        try
        {
            root = JsonElement.Parse(text);
        }
        catch (JsonException e)
        {
            throw new UsageException($"{file}: is not valid JSON: {e.Message}", e);
        }

        var (input, output) = (LengthLaw.Read(root, "Input", file), LengthLaw.Read(root, "Output", file));
        int count = LengthLaw.Integer(root, "RequestCount", 0, MostTokens, file);
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (input.Draw(random), output.Draw(random)))];
    }
}
