using System.Buffers;
using System.Text;
using System.Text.Json;
using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>One element of <c>messages</c>.</summary>
static class ChatMessageReader
{
    /// <summary>Reads it; content may be a string, an array of text parts, or null where the API allows.</summary>
    /// <param name="path">Its place in the request, for errors.</param>
    public static ChatMessage Read(JsonElement message, string path)
    {
        var fields = JsonFields.Object(message, path);
        string role = ReadRole(fields);
        var calls = fields.Array("tool_calls");
        return new ChatMessage(role, ReadContent(fields, optional: role is "assistant" or "tool"))
        {
            // DeepSeek's name, and the newer one.
            Reasoning = fields.Text("reasoning_content") ?? fields.Text("reasoning"),
            ToolCalls = calls is { Count: > 0 } ? WithParsedArguments(calls) : null,
            ToolCallId = fields.Text("tool_call_id"),
            Name = fields.Text("name"),
        };
    }

    static string ReadRole(JsonFields fields) => (fields.Text("role") ?? throw ApiException.Missing(fields.Path("role"))) switch
    {
        // OpenAI's newer name for the system role; templates know the old one.
        "developer" => "system",
        var role and ("system" or "user" or "assistant" or "tool") => role,
        var other => throw ApiException.Invalid(fields.Path("role"),
            $"'{fields.Path("role")}' is '{other}'; allowed are system, developer, user, assistant and tool."),
    };

    static string ReadContent(JsonFields fields, bool optional)
    {
        string path = fields.Path("content");
        if (!fields.TryGet("content", out var content))
            return optional ? "" : throw ApiException.Missing(path);
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(fields.Array("content")!.Select(part => ReadPart(part.Value, part.Path))),
            _ => throw JsonFields.Wrong(path, "a string or an array of text parts", content),
        };
    }

    static string ReadPart(JsonElement part, string path)
    {
        var fields = JsonFields.Object(part, path);
        string type = fields.Text("type") ?? throw ApiException.Missing(fields.Path("type"));
        return type == "text" ? fields.Text("text") ?? throw ApiException.Missing(fields.Path("text"))
            : throw ApiException.Unsupported(fields.Path("type"), $"'{fields.Path("type")}' is '{type}'; this model reads text parts only.");
    }

    /// <summary>The API carries arguments as a string that holds JSON; templates print them as JSON.</summary>
    static JsonElement WithParsedArguments(IReadOnlyList<(JsonElement Value, string Path)> calls)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartArray();
            foreach (var (value, path) in calls)
                WriteCall(writer, value, path);
            writer.WriteEndArray();
        }

        return JsonDocument.Parse(json.WrittenMemory).RootElement;
    }

    static void WriteCall(Utf8JsonWriter writer, JsonElement call, string path)
    {
        var function = JsonFields.Object(call, path).Object("function") ?? throw ApiException.Missing($"{path}.function");
        _ = function.Text("name") ?? throw ApiException.Missing($"{path}.function.name");

        writer.WriteStartObject();
        foreach (var field in call.EnumerateObject())
        {
            if (field.Name != "function")
            {
                field.WriteTo(writer);
                continue;
            }

            writer.WriteStartObject("function");
            foreach (var part in field.Value.EnumerateObject())
            {
                if (part.Name == "arguments" && part.Value.ValueKind == JsonValueKind.String)
                    WriteArguments(writer, part.Value.GetString()!, $"{path}.function.arguments");
                else
                    part.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    static void WriteArguments(Utf8JsonWriter writer, string text, string path)
    {
        try
        {
            // Clients write none as nothing.
            using var arguments = RequestBody.Parse(Encoding.UTF8.GetBytes(text.Length == 0 ? "{}" : text));
            writer.WritePropertyName("arguments");
            arguments.RootElement.WriteTo(writer);
        }
        catch (ApiException e)
        {
            throw ApiException.Invalid(path, $"'{path}' must be a string that holds JSON. {e.Message}");
        }
    }
}
