using System.Text.Json;
using KernelDsl.Runtime.Grammar;

namespace Kdsl.Dialects.OpenAi;

/// <summary>The tools of a request, and how the model may use them.</summary>
/// <param name="Shown">Descriptions for the template.</param>
/// <param name="Callable">What may be called; for a named choice that one.</param>
/// <param name="Required">The answer must be a call.</param>
/// <param name="Parallel">It may be several.</param>
sealed record ToolUse(IReadOnlyList<JsonElement> Shown, IReadOnlyList<Tool> Callable, bool Required, bool Parallel)
{
    const int MaxTools = 128, MaxNameLength = 64;

    /// <summary>Reads <c>tools</c>, <c>tool_choice</c> and <c>parallel_tool_calls</c>; null: there are none, or the choice is "none".</summary>
    public static ToolUse? Read(JsonFields fields)
    {
        bool parallel = fields.Flag("parallel_tool_calls") ?? true;
        var items = fields.Array("tools") ?? [];
        if (items.Count > MaxTools)
            throw ApiException.Invalid("tools", $"'tools' has {items.Count} tools; at most {MaxTools} are allowed.");
        Tool[] tools = [.. items.Select(item => ReadTool(item.Value, item.Path))];
        if (!fields.TryGet("tool_choice", out var choice))
            return tools.Length == 0 ? null : new(Values(items), tools, Required: false, parallel);

        string? word = choice.ValueKind == JsonValueKind.String ? choice.GetString() : null;
        if (word is "none" || (word is "auto" && tools.Length == 0))
            return null;
        if (tools.Length == 0)
            throw ApiException.Invalid("tool_choice", "'tool_choice' is only allowed when 'tools' are specified.");
        if (word is "auto" or "required")
            return new(Values(items), tools, word == "required", parallel);
        var named = word is null ? Named(choice, tools)
            // TGI's clients give the name alone.
            : tools.FirstOrDefault(tool => tool.Name == word) ?? throw ApiException.Invalid("tool_choice",
                $"'tool_choice' is '{word}'; allowed are none, auto, required, or a function: {{\"type\": \"function\", \"function\": {{\"name\": ...}}}}.");
        return new(Values(items), [named with { Strict = true }], Required: true, Parallel: false);
    }

    static Tool Named(JsonElement choice, IReadOnlyList<Tool> tools)
    {
        var function = JsonFields.Object(choice, "tool_choice").Object("function") ?? throw ApiException.Missing("tool_choice.function");
        string name = function.Text("name") ?? throw ApiException.Missing("tool_choice.function.name");
        return tools.FirstOrDefault(tool => tool.Name == name)
            ?? throw ApiException.Invalid("tool_choice.function.name", $"'tool_choice.function.name' is '{name}'; 'tools' has {string.Join(", ", tools.Select(tool => tool.Name))}.");
    }

    /// <summary>The grammar's view; arguments of forced calls keep their schemas.</summary>
    public ToolCalls Calls(JsonElement? instead) =>
        new([.. Callable.Select(tool => Required ? tool with { Strict = true } : tool)], Required, Parallel, instead);

    /// <summary>Equal for equal uses.</summary>
    public string Key => $"tools {Required} {Parallel} {string.Join('\0', Callable.Select(tool => $"{tool.Name} {tool.Strict} {tool.Parameters?.GetRawText()}"))}";

    static JsonElement[] Values(IReadOnlyList<(JsonElement Value, string Path)> items) => [.. items.Select(item => item.Value)];

    static Tool ReadTool(JsonElement tool, string path)
    {
        var fields = JsonFields.Object(tool, path);
        if (fields.Text("type") is { } type && type != "function")
            throw ApiException.Unsupported(fields.Path("type"), $"'{fields.Path("type")}' is '{type}'; this server supports 'function'.");
        var function = fields.Object("function") ?? throw ApiException.Missing($"{path}.function");
        string name = function.Text("name") ?? throw ApiException.Missing($"{path}.function.name");
        if (name.Length is 0 or > MaxNameLength)
            throw ApiException.Invalid($"{path}.function.name", $"'{path}.function.name' has {name.Length} characters; allowed are 1 to {MaxNameLength}.");
        return new Tool(name, function.TryGet("parameters", out var parameters) ? parameters.Clone() : null, function.Flag("strict") ?? false);
    }
}
