using System.Text.Json;
using System.Text.Json.Serialization;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>What ended an answer: a stop string, or a token. JSON has the string or the id itself.</summary>
[JsonConverter(typeof(MatchedStopConverter))]
sealed record MatchedStop(string? Text, int? Token)
{
    /// <summary>What ended it; null: it is not over, its tokens were used up, or nothing was matched.</summary>
    /// <param name="last">The last token.</param>
    /// <param name="stops">Tokens that end an answer.</param>
    public static MatchedStop? Of(FinishReason? finish, string? stopString, int? last, IReadOnlyList<int> stops) =>
        stopString is not null ? new(stopString, null)
        : finish is FinishReason.Stop && last is { } id && stops.Contains(id) ? new(null, id)
        : null;

    /// <summary>The same without the model's own end tokens: only what the request asked for (vLLM's <c>stop_reason</c>).</summary>
    /// <param name="own">The model's end tokens.</param>
    public MatchedStop? Requested(IReadOnlyList<int> own) => Token is { } id && own.Contains(id) ? null : this;
}

/// <summary>Writes the string or the id.</summary>
sealed class MatchedStopConverter : JsonConverter<MatchedStop>
{
    /// <inheritdoc/>
    public override MatchedStop Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("A matched stop is only written.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, MatchedStop value, JsonSerializerOptions options)
    {
        if (value.Token is { } id)
            writer.WriteNumberValue(id);
        else
            writer.WriteStringValue(value.Text);
    }
}
