using System.Text.Json;

namespace Kdsl.Bench.Serving.Data;

/// <summary>The files of a data set: one that is named, or all with the right ending in a folder, by name.</summary>
static class DataFiles
{
    /// <summary>Paths of the files.</summary>
    /// <param name="path">--DatasetPath.</param>
    /// <param name="extension">With its dot.</param>
    /// <exception cref="UsageException">There are none.</exception>
    public static IReadOnlyList<string> Find(string? path, string extension)
    {
        if (path is null)
            throw new UsageException($"--DatasetPath is missing; give a {extension} file, or a folder of them.");
        if (File.Exists(path))
            return [path];
        if (!Directory.Exists(path))
            throw new UsageException($"--DatasetPath is '{path}': no such file or folder.");
        string[] files = [.. Directory.EnumerateFiles(path).Where(file => file.EndsWith(extension, StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal)];
        return files.Length > 0 ? files : throw new UsageException($"--DatasetPath is '{path}', a folder without {extension} files.");
    }

    /// <summary>The text of a file.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{file}: {e.Message}", e);
        }
    }

    /// <summary>The objects of the .jsonl files at a path, each with its place for messages.</summary>
    /// <exception cref="UsageException">A line is no JSON object.</exception>
    public static IEnumerable<(JsonElement Line, string Place)> ReadObjects(string? path)
    {
        foreach (string file in Find(path, ".jsonl"))
        {
            int number = 0;
            foreach (string line in ReadText(file).Split('\n'))
            {
                number++;
                if (!string.IsNullOrWhiteSpace(line))
                    yield return (ParseObject(line, $"{file}:{number}"), $"{file}:{number}");
            }
        }
    }

    /// <summary>A text field of an object.</summary>
    /// <exception cref="UsageException">It has none of this name.</exception>
    public static string Text(this (JsonElement Line, string Place) item, string field) =>
        item.Line.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()!
            : throw new UsageException($"{item.Place}: '{field}' is missing or no text; is --DatasetType right?");

    static JsonElement ParseObject(string line, string place)
    {
        try
        {
            var value = JsonElement.Parse(line);
            return value.ValueKind == JsonValueKind.Object ? value : throw new UsageException($"{place}: is a JSON {value.ValueKind}; expected an object.");
        }
        catch (JsonException e)
        {
            throw new UsageException($"{place}: is not valid JSON: {e.Message}", e);
        }
    }
}
