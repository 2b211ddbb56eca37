using System.Buffers;
using System.Text.Json;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar;
using Microsoft.Extensions.AI;

namespace Kdsl;

/// <summary>From the terms of Microsoft.Extensions.AI to those of the engine and the chat template.</summary>
static class ChatConversion
{
    /// <summary>Messages and tools as the template reads them.</summary>
    public static ChatPrompt Prompt(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options, bool tools)
    {
        var turns = new List<Serving.ChatMessage>();
        if (options?.Instructions is { } instructions)
            turns.Add(new("system", instructions));
        foreach (var message in messages)
        {
            var results = message.Contents.OfType<FunctionResultContent>().ToArray();
            foreach (var result in results)
                turns.Add(new("tool", result.Result as string ?? (result.Result is JsonElement json ? json.GetRawText() : result.Result?.ToString() ?? "")) { ToolCallId = result.CallId });
            if (results.Length == 0)
                turns.Add(new(message.Role.Value, message.Text) { ToolCalls = Calls([.. message.Contents.OfType<FunctionCallContent>()]), Name = message.AuthorName });
        }

        return new(turns, tools ? [.. Declarations(options!).Select(Describe)] : null);
    }

    /// <summary>The model's sampling with what the options say.</summary>
    public static SamplingOptions Sampling(ChatOptions? options, SamplingOptions model) => options is null ? model : model with
    {
        Temperature = options.Temperature ?? model.Temperature,
        TopP = options.TopP ?? model.TopP,
        TopK = options.TopK ?? model.TopK,
        FrequencyPenalty = options.FrequencyPenalty ?? model.FrequencyPenalty,
        PresencePenalty = options.PresencePenalty ?? model.PresencePenalty,
        Seed = (ulong?)options.Seed ?? model.Seed,
    };

    /// <summary>What may be called, and whether something must be.</summary>
    /// <exception cref="ArgumentException">The tool that must be called is none of them.</exception>
    public static (IReadOnlyList<Tool> Tools, bool Required) Callable(ChatOptions options)
    {
        bool required = options.ToolMode is RequiredChatToolMode;
        var tools = Declarations(options).Select(tool => new Tool(tool.Name, tool.JsonSchema, required)).ToArray();
        if (options.ToolMode is not RequiredChatToolMode { RequiredFunctionName: { } name })
            return (tools, required);
        var named = tools.Where(tool => tool.Name == name).ToArray();
        return named.Length > 0 ? (named, true) : throw new ArgumentException($"ToolMode requires '{name}'; Tools has {string.Join(", ", tools.Select(tool => tool.Name))}.", nameof(options));
    }

    static IEnumerable<AIFunctionDeclaration> Declarations(ChatOptions options) => options.Tools!.OfType<AIFunctionDeclaration>();

    static JsonElement Describe(AIFunctionDeclaration tool) => Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("type", "function");
        json.WriteStartObject("function");
        json.WriteString("name", tool.Name);
        json.WriteString("description", tool.Description);
        json.WritePropertyName("parameters");
        tool.JsonSchema.WriteTo(json);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    static JsonElement? Calls(IReadOnlyList<FunctionCallContent> calls) => calls.Count == 0 ? null : Write(json =>
    {
        json.WriteStartArray();
        foreach (var call in calls)
        {
            json.WriteStartObject();
            json.WriteString("type", "function");
            json.WriteStartObject("function");
            json.WriteString("name", call.Name);
            json.WriteStartObject("arguments");
            foreach (var (name, value) in call.Arguments ?? new Dictionary<string, object?>())
            {
                json.WritePropertyName(name);
                WriteValue(json, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>What models and callers put into arguments; anything else as its text.</summary>
    static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case JsonElement element:
                element.WriteTo(json);
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int or long or short or byte:
                json.WriteNumberValue(Convert.ToInt64(value));
                break;
            case float or double:
                json.WriteNumberValue(Convert.ToDouble(value));
                break;
            default:
                json.WriteStringValue(value.ToString());
                break;
        }
    }

    static JsonElement Write(Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes))
            write(json);
        return JsonDocument.Parse(bytes.WrittenMemory).RootElement;
    }
}
