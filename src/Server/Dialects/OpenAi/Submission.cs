using System.Globalization;
using System.Text.Json;
using Kdsl.Http;
using Kdsl.Observability;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Hands the sequences of a request to the engine: all of them or none.</summary>
static class Submission
{
    /// <summary>Submits every sequence.</summary>
    /// <param name="promptParam">What this route calls the prompt, for errors.</param>
    /// <exception cref="ApiException">A sequence does not fit: names the request's parameter.</exception>
    public static Choices Submit(
        HttpContext context, ITextModel model, IReadOnlyList<GenerationRequest> requests, IReadOnlyList<string> stops, string promptParam)
    {
        foreach (var request in requests)
            Check(request, model.Engine.Limits, promptParam);
        Bound(context, model.Engine.Limits, requests);

        var telemetry = context.RequestServices.GetRequiredService<Telemetry>();
        var generations = new List<TextGeneration>(requests.Count);
        var choices = new Choices(generations);
        try
        {
            foreach (var request in requests)
                generations.Add(new TextGeneration(model.Engine.Submit(request), model, stops, telemetry.Begin(request)));
        }
        catch (GenerationException e)
        {
            telemetry.Refused(e.Error);
            choices.Dispose();
            throw;
        }

        return choices;
    }

    static void Check(GenerationRequest request, EngineLimits limits, string promptParam)
    {
        int prompt = request.Prompt.Length, context = limits.ContextLength;
        if (prompt >= context)
        {
            throw ApiException.Invalid(promptParam,
                $"This model's maximum context length is {context} tokens, and the prompt alone has {prompt}. Shorten the prompt.",
                "context_length_exceeded");
        }

        try
        {
            RequestValidator.Validate(request, limits);
        }
        catch (RequestException e)
        {
            throw ApiException.Invalid(Param(e.Field, promptParam), e.Message);
        }

    }

    /// <summary>An answer cannot be longer than what the context leaves: a header tells by how much max_tokens was cut, or a strict server refuses.</summary>
    static void Bound(HttpContext http, EngineLimits limits, IReadOnlyList<GenerationRequest> requests)
    {
        if (requests.FirstOrDefault(request => request.MaxTokens > limits.ContextLength - request.Prompt.Length) is not { } cut)
            return;
        int prompt = cut.Prompt.Length, left = limits.ContextLength - prompt;
        if (http.RequestServices.GetRequiredService<ServerOptions>().Strict)
        {
            throw ApiException.Invalid("max_tokens",
                $"This model's maximum context length is {limits.ContextLength} tokens. The prompt has {prompt}, which leaves {left} for the answer, " +
                $"but max_tokens is {cut.MaxTokens}.", "context_length_exceeded");
        }

        http.Response.Headers[IgnoredFields.MaxTokensHeader] = left.ToString(CultureInfo.InvariantCulture);
    }

    static string Param(string field, string promptParam) => field switch
    {
        nameof(GenerationRequest.Prompt) => promptParam,
        nameof(GenerationRequest.StopTokens) => "stop_token_ids",
        nameof(GenerationRequest.TopLogProbs) => promptParam == ChatEndpoint.PromptParam ? "top_logprobs" : "logprobs",
        _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(field),
    };
}
