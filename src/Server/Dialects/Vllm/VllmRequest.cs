using System.Text.Json;
using Kdsl.Dialects.OpenAi;
using Kdsl.Dialects.Raw;
using Kdsl.Serving;

namespace Kdsl.Dialects.Vllm;

/// <summary>POST /generate of vLLM's demonstration server: <c>prompt</c>, the names and ranges of the OpenAI API, a stream of JSON objects that end in NUL.</summary>
static class VllmRequest
{
    /// <summary>The field that tells this dialect from TGI's on the same route.</summary>
    public const string Prompt = "prompt";

    static readonly IReadOnlyList<string> _fields =
    [
        Prompt, "model", "stream", "n", "max_tokens", "temperature", "top_k", "top_p", "min_p", "presence_penalty", "frequency_penalty", "repetition_penalty", "seed", "stop",
        "stop_token_ids", "ignore_eos", "logit_bias", .. PromptTruncation.Fields,
    ];

    /// <summary>Answers a request whose body has been read.</summary>
    public static Task HandleAsync(HttpContext context, JsonFields fields, ITextModel model, RawEndpoint endpoint)
    {
        string text = fields.Text(Prompt) ?? throw ApiException.Missing(Prompt);
        var parameters = GenerationParameters.Parse(fields, model);
        if (parameters.Choices > 1)
            throw ApiException.Unsupported("n", $"'n' is {parameters.Choices}; this route gives one answer. POST /v1/completions gives several.");
        IgnoredFields.Report(context, fields, _fields);
        var request = new RawRequest(RawRequest.NewId("vllm-"), text, parameters.Truncation.Apply(model.Encode(text)), parameters.Stream,
            new RawParameters(false, false, !parameters.Stream, null, parameters.Stop, parameters.ForChoice("", default, 0)));
        return endpoint.HandleAsync(context, request, new VllmFormat(), Prompt);
    }

    sealed class VllmFormat : IRawFormat
    {
        public string StreamType => "text/plain; charset=utf-8";

        public ReadOnlySpan<byte> Before => default;

        public ReadOnlySpan<byte> After => "\0"u8;

        public void WriteWhole(Utf8JsonWriter json, RawAnswer answer) => Write(json, answer.Text);

        public void WriteStep(Utf8JsonWriter json, RawStep step, RawAnswer answer) => Write(json, step.Delta.Text);

        static void Write(Utf8JsonWriter json, string text)
        {
            json.WriteStartObject();
            json.WriteStartArray("text");
            json.WriteStringValue(text);
            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
