using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Tests.Ported;

/// <summary>A call of a tool as a client has it in the end; arguments are a string that holds JSON.</summary>
sealed record SeenCall(string Id, string Name, string Arguments)
{
    /// <summary>The arguments read.</summary>
    public JsonElement Parsed => JsonDocument.Parse(Arguments).RootElement;
}

/// <summary>An answer of the chat route as a client puts it together, from one JSON body or from the events of a stream. What is not there is empty.</summary>
sealed record ChatTurn(string Content, string Reasoning, IReadOnlyList<SeenCall> Calls, string Finish)
{
    /// <summary>Asks, whole or streamed.</summary>
    public static async Task<ChatTurn> AskAsync(RunningServer server, JsonObject request, bool stream)
    {
        const string path = "/v1/chat/completions";
        if (stream)
        {
            request = (JsonObject)request.DeepClone();
            request["stream"] = true;
            return OfEvents(await server.StreamAsync(path, request.ToJsonString()));
        }

        var (status, body) = await server.PostAsync(path, request.ToJsonString());
        Assert.True(status == 200, body.GetRawText());
        var choice = Assert.Single(body.GetProperty("choices").EnumerateArray());
        var message = choice.GetProperty("message");
        Assert.Equal("assistant", message.GetProperty("role").GetString());
        return new(Text(message, "content"), Text(message, "reasoning_content"),
            [.. CallsOf(message).Select(call => new SeenCall(Text(call, "id"), Text(call.GetProperty("function"), "name"), Text(call.GetProperty("function"), "arguments")))],
            choice.GetProperty("finish_reason").GetString()!);
    }

    /// <summary>The rules of streams are those of llama.cpp's make_any_request and of llm-serving-tests' parser: one role, first; one id; one finish reason, last.</summary>
    static ChatTurn OfEvents(IReadOnlyList<string> events)
    {
        Assert.Equal("[DONE]", events[^1]);
        var chunks = events.SkipLast(1).Select(e => JsonDocument.Parse(e).RootElement).ToArray();
        Assert.Single(chunks.Select(c => c.GetProperty("id").GetString()).Distinct());
        var choices = chunks.SelectMany(c => c.GetProperty("choices").EnumerateArray()).ToArray();
        var deltas = choices.Select(c => c.GetProperty("delta")).ToArray();
        Assert.Equal("assistant", deltas[0].GetProperty("role").GetString());
        Assert.All(deltas[1..], d => Assert.False(d.TryGetProperty("role", out _)));
        Assert.All(choices[..^1], c => Assert.Equal(JsonValueKind.Null, c.GetProperty("finish_reason").ValueKind));
        Assert.Equal("{}", deltas[^1].GetRawText());

        var calls = new SortedDictionary<int, SeenCall>();
        foreach (var piece in deltas.SelectMany(CallsOf))
        {
            int index = piece.GetProperty("index").GetInt32();
            var function = piece.GetProperty("function");
            calls[index] = calls.TryGetValue(index, out var begun) ? begun with { Arguments = begun.Arguments + Text(function, "arguments") }
                : new(Text(piece, "id"), Text(function, "name"), Text(function, "arguments"));
        }

        Assert.Equal(Enumerable.Range(0, calls.Count), calls.Keys);
        return new(string.Concat(deltas.Select(d => Text(d, "content"))), string.Concat(deltas.Select(d => Text(d, "reasoning_content"))), [.. calls.Values],
            choices[^1].GetProperty("finish_reason").GetString()!);
    }

    static IEnumerable<JsonElement> CallsOf(JsonElement message) => message.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : [];

    static string Text(JsonElement item, string name) => item.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}
