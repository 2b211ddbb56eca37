using System.Diagnostics;
using System.Text.Json;
using Kdsl.Terminal;
using KernelDsl.Runtime.Text.Templates;

namespace Kdsl.Bench.Serving.Data;

/// <summary>Questions into requests: the chat template, the length limit, token ids.</summary>
sealed class Prompts(ModelText text, ServingOptions options)
{
    // In gsm8k too (test.jsonl:19), slightly shorter.
    const string WarmupQuestion = "Claire makes a 3 egg omelet every morning for breakfast. How many dozens of eggs will she eat in 4 weeks?";
    const int WarmupTokens = 20;

    readonly IReadOnlyDictionary<string, string> _adapters = ReadAdapters(options.LoraDataMappingFile);

    /// <summary>The requests of a run: the first --RequestCount questions, --RequestNum times.</summary>
    public IReadOnlyList<BenchRequest> Build(IEnumerable<DataItem> items)
    {
        var once = (options.RequestCount > 0 ? items.Take(options.RequestCount) : items).Select(Request).ToArray();
        return [.. Enumerable.Repeat(once, options.RequestNum).SelectMany(static all => all)];
    }

    /// <summary>Requests that are sent before and not measured; short ones, since they only open connections and fill caches.</summary>
    public IReadOnlyList<BenchRequest> Warmup()
    {
        var request = Request(new DataItem("warmup", WarmupQuestion) { OutputTokens = null });
        return [.. Enumerable.Repeat(request with { MaxTokens = Math.Min(options.MaxOutputLen, WarmupTokens) }, options.WarmupSize)];
    }

    /// <summary>One request.</summary>
    /// <exception cref="UsageException">The model has no chat template, or it refuses the question.</exception>
    public BenchRequest Request(DataItem item)
    {
        bool opensThought = false;
        string prompt = item.Text;
        if (options.UsesChat && item.Tokens is null)
        {
            string? rendered = Render(item);
            opensThought = rendered is not null && Thoughts.OpeningOf(rendered).Length > 0;
            if (!options.ServerAppliesTemplate)
                prompt = rendered ?? throw new UsageException($"--mode is chat, but {options.ModelPath} has no chat template; use --mode raw, or --TestType openai, where the server applies its own.");
        }

        long start = Stopwatch.GetTimestamp();
        var ids = item.Tokens ?? text.Tokenizer.Encode(prompt);
        double encoding = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (options.MaxInputLen > 0 && ids.Count > options.MaxInputLen)
        {
            ids = [.. ids.Take(options.MaxInputLen)];
            prompt = text.Tokenizer.Decode(ids, skipSpecial: false);
            item = item with { Text = prompt };
        }

        string shown = item.Tokens is null ? prompt : text.Tokenizer.Decode(ids, skipSpecial: false);
        return new BenchRequest(item, shown, ids, encoding, item.OutputTokens ?? options.MaxOutputLen, _adapters.GetValueOrDefault(item.Id, options.ModelName)) { OpensThought = opensThought };
    }

    string? Render(DataItem item)
    {
        try
        {
            return text.Render(item.Text);
        }
        catch (TemplateException e)
        {
            throw new UsageException($"the chat template of {options.ModelPath} refuses question {item.Id}: {e.Message}", e);
        }
    }

    /// <summary>{"question's id": "adapter"}, in one or more lines.</summary>
    static Dictionary<string, string> ReadAdapters(string? file)
    {
        var adapters = new Dictionary<string, string>();
        if (file is null)
            return adapters;
        foreach (var (i, line) in DataFiles.ReadText(file).Split('\n').Index().Where(static l => !string.IsNullOrWhiteSpace(l.Item)))
        {
            try
            {
                foreach (var member in JsonElement.Parse(line).EnumerateObject())
                    adapters[member.Name] = member.Value.GetString()!;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw new UsageException($"{file}:{i + 1}: expected a JSON object of question ids and names of adapters.", e);
            }
        }

        return adapters;
    }
}
