using System.Text.Json;
using Kdsl.Dialects.Raw;

namespace Kdsl.Dialects.Triton;

/// <summary>Text answers of <c>generate</c> and <c>generate_stream</c>; MindIE's events have no blank behind <c>data:</c>.</summary>
sealed class TritonTextFormat : IRawFormat
{
    /// <inheritdoc/>
    public ReadOnlySpan<byte> Before => "data:"u8;

    /// <inheritdoc/>
    public void WriteWhole(Utf8JsonWriter json, RawAnswer answer)
    {
        json.WriteStartObject();
        WriteHead(json, answer, answer.Text);
        WriteDetails(json, answer, answer.Tokens);
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteStep(Utf8JsonWriter json, RawStep step, RawAnswer answer)
    {
        json.WriteStartObject();
        WriteHead(json, answer, step.Delta.Text);
        WriteDetails(json, answer, step.Delta.New);
        RawJson.WriteTimes(json, step);
        json.WriteEndObject();
    }

    static void WriteHead(Utf8JsonWriter json, RawAnswer answer, string text)
    {
        json.WriteString("id", answer.Request.Id);
        json.WriteString("model_name", answer.Model.Name);
        json.WriteNull("model_version");
        json.WriteString("text_output", text);
    }

    static void WriteDetails(Utf8JsonWriter json, RawAnswer answer, IReadOnlyList<KernelDsl.Runtime.Engine.GeneratedToken> tokens)
    {
        if (!answer.Request.Parameters.Details)
            return;
        json.WriteStartObject("details");
        json.WriteString("finish_reason", answer.Finish);
        json.WriteNumber("generated_tokens", answer.Tokens.Count);
        json.WriteNull("first_token_cost");
        json.WriteNull("decode_cost");
        RawJson.WriteSteps(json, tokens);
        json.WriteEndObject();
    }
}
