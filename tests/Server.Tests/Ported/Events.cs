using System.Text.Json;

namespace Kdsl.Tests.Ported;

/// <summary>The events of a streamed answer, put together as clients do.</summary>
sealed class Events(IReadOnlyList<JsonElement> events)
{
    public IReadOnlyList<JsonElement> All => events;

    /// <summary>All choices of all events, in order.</summary>
    public IEnumerable<JsonElement> Choices => events.Where(e => e.TryGetProperty("choices", out _)).SelectMany(e => e.GetProperty("choices").EnumerateArray());

    /// <summary>What the events add to the messages.</summary>
    public IEnumerable<JsonElement> Deltas => Choices.Select(c => c.GetProperty("delta"));

    /// <summary>A field of the deltas of a choice, joined: <c>content</c> or <c>reasoning</c>.</summary>
    public string Joined(string field, int index = 0) => string.Concat(Choices.Where(c => c.GetProperty("index").GetInt32() == index)
        .Select(c => c.GetProperty("delta").TryGetProperty(field, out var text) ? text.GetString() : ""));

    /// <summary>The texts of a completion's choice, joined.</summary>
    public string Text(int index = 0) => string.Concat(Choices.Where(c => c.GetProperty("index").GetInt32() == index).Select(c => c.GetProperty("text").GetString()));

    /// <summary>Why a choice ended; it is said once.</summary>
    public string Finish(int index = 0) => Assert.Single(Choices, c => c.GetProperty("index").GetInt32() == index && c.GetProperty("finish_reason").ValueKind != JsonValueKind.Null)
        .GetProperty("finish_reason").GetString()!;

    /// <summary>The calls, their pieces joined by their index; the name comes with the first piece alone.</summary>
    public IReadOnlyList<(string Name, string Arguments)> Calls => [.. Deltas.Where(d => d.TryGetProperty("tool_calls", out _))
        .SelectMany(d => d.GetProperty("tool_calls").EnumerateArray()).GroupBy(c => c.GetProperty("index").GetInt32()).OrderBy(g => g.Key)
        .Select(pieces => (Assert.Single(pieces, p => p.GetProperty("function").TryGetProperty("name", out _)).GetProperty("function").GetProperty("name").GetString()!,
            string.Concat(pieces.Select(p => p.GetProperty("function").GetProperty("arguments").GetString()))))];

    /// <summary>The calls of a whole message.</summary>
    public static IReadOnlyList<(string Name, string Arguments)> CallsOf(JsonElement message) => !message.TryGetProperty("tool_calls", out var calls) ? []
        : [.. calls.EnumerateArray().Select(c => c.GetProperty("function")).Select(f => (f.GetProperty("name").GetString()!, f.GetProperty("arguments").GetString()!))];
}
