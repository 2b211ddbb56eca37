using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kdsl.Bench.Serving.Data;
using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Bench.Serving.Output;

/// <summary>The files of a run: MindIE's two CSV files, named and laid out as its benchmark does (a column for each metric), and everything in JSON.</summary>
static class ResultFiles
{
    // Text as UTF-8, not as \u escapes: no browser reads these files as HTML.
    static readonly JsonWriterOptions _writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Creates the folders that will be written to, so that a run of hours does not end with a refusal.</summary>
    /// <exception cref="UsageException">One cannot be created.</exception>
    public static void Prepare(ServingOptions options)
    {
        foreach (var (flag, folder) in ((string, string?)[])[("--SavePath", options.SavePath), ("--json", FolderOf(options.JsonFile)), ("--SaveTokensPath", FolderOf(options.SaveTokensPath))])
        {
            try
            {
                if (folder is not null)
                    Directory.CreateDirectory(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new UsageException($"{flag}: cannot create the folder '{folder}': {e.Message}", e);
            }
        }
    }

    /// <summary>Writes them; returns their paths.</summary>
    /// <exception cref="UsageException">One cannot be written.</exception>
    public static IReadOnlyList<string> Write(ServingOptions options, RunResult run, IReadOnlyList<string> findings)
    {
        string stamp = run.Now.ToString("yyyyMMddHHmmssfff", CultureInfo.InvariantCulture);
        string performance = Path.Combine(options.SavePath, $"result_perf_{stamp}.csv"), common = Path.Combine(options.SavePath, $"result_common_{stamp}.csv");
        string json = options.JsonFile is { } file ? OfRate(file, options, run) : Path.Combine(options.SavePath, $"result_{stamp}.json");
        try
        {
            var rows = Tables.PerformanceRows(run).ToArray();
            WriteLines(performance, [.. Enumerable.Range(-1, Tables.PerformanceColumns.Count + 1).Select(i => rows.Select(row => i < 0 ? row.Name : row.Cells[i]))]);
            WriteLines(common, [CommonMetric.MindIE.Select(static m => m.Name), CommonMetric.MindIE.Select(m => m.Cell(run))]);
            using (var stream = File.Create(json))
            using (var writer = new Utf8JsonWriter(stream, _writing))
                JsonSerializer.Serialize(writer, ReportFile.Of(options, run, findings), ReportJson.Default.ReportFile);
            List<string> written = [performance, common, json];
            if (options.SaveTokensPath is { } path)
            {
                string tokens = OfRate(path, options, run);
                WriteLines(tokens, [.. run.Returned.Select(static r => (IEnumerable<string>)[r.Id, List(r.PromptIds!), List(r.AnswerIds!)])]);
                written.Add(tokens);
            }

            if (options is { TestAccuracy: true, DatasetType: "humaneval" })
            {
                string completions = OfRate(options.SaveHumanEvalOutputFile, options, run);
                File.WriteAllLines(completions, run.Returned.Select(static r => JsonSerializer.Serialize(new HumanEvalCompletion(r.Id, Completion.OfFunction(r.Text!)), ReportJson.Default.HumanEvalCompletion)));
                written.Add(completions);
            }

            return written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot write the results: {e.Message}", e);
        }
    }

    /// <summary>A file that is named once, where several rates have a run each.</summary>
    static string OfRate(string file, ServingOptions options, RunResult run) => options.RequestRate.Count < 2 ? file
        : Path.ChangeExtension(file, string.Create(CultureInfo.InvariantCulture, $"{run.Rate}{Path.GetExtension(file)}"));

    static string? FolderOf(string? file) => file is null ? null : Path.GetDirectoryName(Path.GetFullPath(file));

    static void WriteLines(string file, IReadOnlyList<IEnumerable<string>> rows) => File.WriteAllText(file, string.Concat(rows.Select(static row => Csv.Line(row) + "\n")));

    static string List(IReadOnlyList<int> ids) => $"[{string.Join(", ", ids)}]";
}
