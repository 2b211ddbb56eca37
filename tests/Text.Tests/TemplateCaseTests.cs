using System.Globalization;
using System.Text.Json;
using KernelDsl.Runtime.Text.Templates;
using KernelDsl.Runtime.Text.Templates.Syntax;
using KernelDsl.Runtime.Text.Templates.Values;
using Xunit.Abstractions;

namespace KernelDsl.Tests.Text;

/// <summary>Every case of chat-templates/cases: what stock jinja2 renders in Hugging Face's environment, or its error.</summary>
public class TemplateCaseTests(ITestOutputHelper output)
{
    [Fact]
    public void Render_EveryCase_GivesTheTextOrTheErrorOfJinja2()
    {
        if (SharedData.Find("data/chat-templates", output) is not { } folder) return;
        List<string> failures = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(folder, "cases"), "*.jsonl").Order())
        {
            int rows = 0, errors = 0;
            foreach (var row in SharedData.Rows(file))
            {
                rows++;
                if (row.TryGetProperty("error", out _)) errors++;
                if (Failure(folder, row) is { } failure) failures.Add($"{row.GetProperty("name").GetString()}: {failure}");
            }
            Assert.NotEqual(0, rows);
            output.WriteLine($"{Path.GetFileName(file)}: {rows} cases, {errors} of them errors");
        }
        Assert.True(failures.Count == 0, $"{failures.Count} cases fail\n{string.Join('\n', failures.Take(60))}");
    }

    /// <summary>How the case deviates; null when it does not.</summary>
    static string? Failure(string folder, JsonElement row)
    {
        string? expected = row.TryGetProperty("expected", out var text) ? text.GetString() : null;
        try
        {
            string rendered = Render(folder, row);
            return expected is null ? $"rendered, but jinja2 raises {row.GetProperty("message")}"
                : rendered == expected ? null : $"\n   expected {Quote(expected, rendered)}\n   rendered {Quote(rendered, expected)}";
        }
        catch (TemplateException e)
        {
            if (expected is not null) return $"raised '{e.Message}'";
            string message = row.GetProperty("message").GetString()!;
            return e.Reason == message ? null : $"raised '{e.Reason}', jinja2 '{message}'";
        }
    }

    static string Render(string folder, JsonElement row)
    {
        string source = row.TryGetProperty("template", out var inline) ? inline.GetString()! : File.ReadAllText(Path.Combine(folder, row.GetProperty("template_file").GetString()!));
        TrimOptions trim = new();
        DateTime? now = null;
        if (row.TryGetProperty("options", out var options))
        {
            if (options.TryGetProperty("trim_blocks", out var flag)) trim = trim with { TrimBlocks = flag.GetBoolean() };
            if (options.TryGetProperty("lstrip_blocks", out flag)) trim = trim with { LstripBlocks = flag.GetBoolean() };
            if (options.TryGetProperty("now", out var time)) now = DateTime.Parse(time.GetString()!, CultureInfo.InvariantCulture);
        }
        var variables = row.GetProperty("context").EnumerateObject().Select(m => KeyValuePair.Create(m.Name, Value.From(m.Value)));
        return Template.Parse(source, trim).Render(variables, now);
    }

    /// <summary>The text from a little before the first difference.</summary>
    static string Quote(string text, string other)
    {
        int at = Math.Max(0, text.AsSpan().CommonPrefixLength(other) - 30);
        return JsonSerializer.Serialize(text.Length > at + 120 ? text[at..(at + 120)] : text[Math.Min(at, text.Length)..]);
    }
}
