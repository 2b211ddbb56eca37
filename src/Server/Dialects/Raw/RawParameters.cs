using System.Text.Json;
using Kdsl.Dialects.OpenAi;
using Kdsl.Serving;
using Kdsl.Serving.Answers;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.Raw;

/// <summary>What the routes that continue a raw text accept besides it. TGI, Triton and MindIE's own routes share the names; vLLM's <c>/generate</c> has the ranges of the OpenAI API.</summary>
/// <param name="Details">The answer tells more than its text.</param>
/// <param name="Stops">Texts that end the answer.</param>
/// <param name="Generation">All but id and prompt.</param>
sealed record RawParameters(bool Details, bool InputDetails, bool FullText, int? Truncate, IReadOnlyList<string> Stops, GenerationRequest Generation)
{
    /// <summary>Most tokens where the request is silent, in TGI.</summary>
    public const int DefaultMaxNewTokens = 20;

    const long MostSeconds = 65535;

    /// <summary>Reads <c>parameters</c>; an absent object has all defaults.</summary>
    public static RawParameters Parse(JsonFields fields, ITextModel model, int? defaultMaxTokens)
    {
        bool? sample = fields.Flag("do_sample");
        var sampling = model.Sampling with
        {
            Temperature = Above(fields, "temperature", 0) ?? model.Sampling.Temperature,
            TopK = fields.Integer("top_k", 1, int.MaxValue) ?? model.Sampling.TopK,
            TopP = Between(fields, "top_p", 0, 1) ?? model.Sampling.TopP,
            RepetitionPenalty = Above(fields, "repetition_penalty", 0) ?? model.Sampling.RepetitionPenalty,
            PresencePenalty = fields.Number("presence_penalty") ?? model.Sampling.PresencePenalty,
            FrequencyPenalty = fields.Number("frequency_penalty") ?? model.Sampling.FrequencyPenalty,
            Seed = Seed(fields) ?? model.Sampling.Seed,
        };
        bool details = fields.Flag("details") ?? false;
        // The best of several is not looked for: one is the best of itself.
        fields.Integer("best_of", 1, 1);
        return new(
            details, details && (fields.Flag("decoder_input_details") ?? false), fields.Flag("return_full_text") ?? false, fields.Integer("truncate", 1, int.MaxValue),
            Strings(fields, "stop"),
            new GenerationRequest
            {
                Id = "",
                Prompt = default,
                MaxTokens = fields.Integer("max_new_tokens", 1, int.MaxValue) ?? defaultMaxTokens,
                Sampling = sample == false ? sampling with { Temperature = 0 } : sampling,
                StopTokens = model.StopTokens,
                Priority = fields.Integer("priority", 1, 5) ?? 5,
                Timeout = Seconds(fields, "timeout"),
                TopLogProbs = details ? 0 : null,
                PromptLogProbs = details && (fields.Flag("decoder_input_details") ?? false),
                Constraint = AnswerShape.Constrain(model, OutputFormat.ReadGrammar(fields), tools: null, ReasoningMode.None, thinking: null),
            });
    }

    static ulong? Seed(JsonFields fields) => fields.Long("seed") is not { } seed ? null
        : seed >= 0 ? (ulong)seed : throw ApiException.Invalid(fields.Path("seed"), $"'{fields.Path("seed")}' is {seed}; allowed is 0 to {long.MaxValue}.");

    static TimeSpan? Seconds(JsonFields fields, string name) => fields.Long(name) is not { } seconds ? null
        : seconds is >= 1 and <= MostSeconds ? TimeSpan.FromSeconds(seconds)
        : throw ApiException.Invalid(fields.Path(name), $"'{fields.Path(name)}' is {seconds}; allowed is 1 to {MostSeconds} seconds.");

    static float? Above(JsonFields fields, string name, float least) => fields.Number(name) is not { } value ? null
        : value > least ? value : throw ApiException.Invalid(fields.Path(name), $"'{fields.Path(name)}' is {value}; it must be above {least}. Greedy is \"do_sample\": false.");

    static float? Between(JsonFields fields, string name, float least, float most) => fields.Number(name) is not { } value ? null
        : value > least && value < most ? value : throw ApiException.Invalid(fields.Path(name), $"'{fields.Path(name)}' is {value}; it must be above {least} and below {most}. Leave it out for all tokens.");

    static IReadOnlyList<string> Strings(JsonFields fields, string name)
    {
        const int most = 1024, longest = 1024;
        var stops = fields.Array(name)?.Select(item => item.Value.ValueKind == JsonValueKind.String
            ? item.Value.GetString()! : throw JsonFields.Wrong(item.Path, "a string", item.Value)).ToArray() ?? [];
        if (stops.Length > most || stops.Any(s => s.Length is 0 or > longest))
            throw ApiException.Invalid(fields.Path(name), $"'{fields.Path(name)}' must be at most {most} strings of 1 to {longest} characters.");
        return stops;
    }
}
