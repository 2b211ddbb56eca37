using System.Text.Json;
using Kdsl.Dialects.OpenAi;
using Kdsl.Serving;
using KernelDsl.Model.Tests;
using Xunit.Abstractions;

namespace Kdsl.Tests.Ported;

/// <summary>The demonstration model under other models' chat templates, each opened once: what /apply-template is for in llama.cpp.</summary>
public sealed class TemplateModels : IDisposable
{
    readonly List<TemporaryFolder> _folders = [];
    readonly Dictionary<string, LoadedModel> _models = [];

    /// <summary>The model under a template of the data beside the repository; null, and the reason on the output, where that is absent.</summary>
    internal LoadedModel? Find(string template, ITestOutputHelper output)
    {
        if (_models.TryGetValue(template, out var known))
            return known;
        if (Shared.Data("chat-templates") is not { } data)
        {
            output.WriteLine("skipped: the chat templates beside the repository are not there");
            return null;
        }

        var folder = new TemporaryFolder();
        _folders.Add(folder);
        foreach (string file in Directory.GetFiles(DemoModel.Folder))
            File.CreateSymbolicLink(Path.Combine(folder.Path, Path.GetFileName(file)), file);
        File.Copy(Path.Combine(data, "templates", template + ".jinja"), Path.Combine(folder.Path, "chat_template.jinja"));
        return _models[template] = LoadedModel.Open(new ModelOptions { Folder = folder.Path, Threads = 1, MaxBatch = 1 });
    }

    /// <summary>A body of the chat route, read as the route reads it.</summary>
    internal static ChatRequest Read(LoadedModel model, string json)
    {
        using var body = JsonDocument.Parse(json);
        return ChatRequest.Parse(body.RootElement.Clone(), model);
    }

    /// <summary>The prompt that the route makes of it.</summary>
    internal static string Apply(LoadedModel model, string json)
    {
        var prompt = Read(model, json).Prompt;
        return ContinuedTurn.Cut(model.Render(prompt), prompt);
    }

    public void Dispose()
    {
        foreach (var model in _models.Values)
            model.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _folders.ForEach(folder => folder.Dispose());
    }
}
