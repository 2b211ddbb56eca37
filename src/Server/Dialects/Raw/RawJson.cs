using System.Text.Json;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.Raw;

/// <summary>Pieces of JSON that TGI's and MindIE's answers share.</summary>
static class RawJson
{
    /// <summary>Writes <c>prompt_tokens, finish_reason, generated_tokens, seed</c> into the object that is open.</summary>
    public static void WriteCounts(Utf8JsonWriter json, RawAnswer answer)
    {
        json.WriteNumber("prompt_tokens", answer.Request.Prompt.Length);
        json.WriteString("finish_reason", answer.Finish);
        json.WriteNumber("generated_tokens", answer.Tokens.Count);
        WriteSeed(json, answer);
    }

    /// <summary>The seed that was asked for.</summary>
    public static void WriteSeed(Utf8JsonWriter json, RawAnswer answer)
    {
        if (answer.Request.Parameters.Generation.Sampling.Seed is { } seed)
            json.WriteNumber("seed", seed);
        else
            json.WriteNull("seed");
    }

    /// <summary>An array of ids.</summary>
    public static void WriteIds(Utf8JsonWriter json, string name, IEnumerable<int> ids)
    {
        json.WriteStartArray(name);
        foreach (int id in ids)
            json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    /// <summary>An array of <c>{"id","logprob","special","text"}</c>.</summary>
    public static void WriteTokens(Utf8JsonWriter json, string name, IEnumerable<(int Id, TokenLogProbs? Score)> tokens, ITextModel model)
    {
        json.WriteStartArray(name);
        foreach (var (id, score) in tokens)
        {
            string text = System.Text.Encoding.UTF8.GetString(model.Bytes(id));
            json.WriteStartObject();
            json.WriteNumber("id", id);
            if (score is { LogProb: var probability } && float.IsFinite(probability))
                json.WriteNumber("logprob", probability);
            else
                json.WriteNull("logprob");
            json.WriteBoolean("special", model.StopTokens.Contains(id));
            json.WriteString("text", text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Sequences of the step of each token, and the microseconds that each waited for it: what MindIE's benchmark reads.</summary>
    public static void WriteSteps(Utf8JsonWriter json, IReadOnlyList<GeneratedToken> tokens)
    {
        json.WriteStartArray("batch_size");
        foreach (var token in tokens)
            json.WriteNumberValue(token.Step.Sequences);
        json.WriteEndArray();
        json.WriteStartArray("queue_wait_time");
        foreach (var token in tokens)
            json.WriteNumberValue((long)token.Step.Waited.TotalMicroseconds);
        json.WriteEndArray();
    }

    /// <summary><c>prefill_time</c> of the first step, <c>decode_time</c> of the others, in milliseconds.</summary>
    public static void WriteTimes(Utf8JsonWriter json, RawStep step)
    {
        double rounded = Math.Round(step.Milliseconds, 3);
        json.WritePropertyName("prefill_time");
        Write(step.First);
        json.WritePropertyName("decode_time");
        Write(!step.First);

        void Write(bool present)
        {
            if (present)
                json.WriteNumberValue(rounded);
            else
                json.WriteNullValue();
        }
    }
}
