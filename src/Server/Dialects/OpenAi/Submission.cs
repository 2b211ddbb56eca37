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
        requests = Bound(context, model.Engine.Limits, requests);

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
        try
        {
            RequestValidator.Validate(request, limits);
        }
        catch (RequestException e)
        {
            throw ApiException.Invalid(Param(e.Field, promptParam), e.Message);
        }
    }

    /// <summary>
    /// An answer cannot be longer than what the context leaves, or the operator allows: a header tells by how much max_tokens was cut, or a strict server refuses. Nor
    /// may it take longer than the operator allows.
    /// </summary>
    static IReadOnlyList<GenerationRequest> Bound(HttpContext http, EngineLimits limits, IReadOnlyList<GenerationRequest> requests)
    {
        var options = http.RequestServices.GetRequiredService<ServerOptions>();
        return [.. requests.Select(request =>
        {
            int prompt = request.Prompt.Length, left = Math.Min(limits.ContextLength - prompt, options.MaxOutputTokens ?? int.MaxValue);
            if (request.MaxTokens > left && options.Strict)
            {
                throw ApiException.Invalid("max_tokens",
                    $"This model's maximum context length is {limits.ContextLength} tokens. The prompt has {prompt}, which leaves {limits.ContextLength - prompt} for the answer" +
                    $"{(options.MaxOutputTokens is { } most ? $", of which the server allows {most}" : "")}, but max_tokens is {request.MaxTokens}.", "context_length_exceeded");
            }

            if (request.MaxTokens > left)
                http.Response.Headers[IgnoredFields.MaxTokensHeader] = left.ToString(CultureInfo.InvariantCulture);
            return request with
            {
                MaxTokens = (request.MaxTokens ?? options.MaxOutputTokens) is { } wanted ? Math.Min(wanted, left) : null,
                Timeout = request.Timeout is { } own && options.RequestTimeout is { } all ? (own < all ? own : all) : request.Timeout ?? options.RequestTimeout,
            };
        })];
    }

    static string Param(string field, string promptParam) => field switch
    {
        nameof(GenerationRequest.Prompt) => promptParam,
        nameof(GenerationRequest.StopTokens) => "stop_token_ids",
        nameof(GenerationRequest.TopLogProbs) => promptParam == ChatEndpoint.PromptParam ? "top_logprobs" : "logprobs",
        _ => JsonNamingPolicy.SnakeCaseLower.ConvertName(field),
    };
}
