using Kdsl.Serving;
using Kdsl.Serving.Answers;

namespace Kdsl.Dialects.OpenAi;

/// <summary>POST /v1/completions. Choice i of prompt p has index p * n + i.</summary>
static class CompletionEndpoint
{
    const string PromptParam = "prompt";

    /// <summary>Answers one request.</summary>
    public static async Task Handle(HttpContext context, ITextModel model, ILogger logger)
    {
        CompletionRequest request;
        using (var body = await RequestBody.ReadAsync(context))
        {
            request = CompletionRequest.Parse(body.RootElement, model);
            IgnoredFields.Report(context, JsonFields.Request(body.RootElement), KnownFields.Completion);
            request = request with { Prompts = [.. request.Prompts.Select(prompt => PromptLimit.Apply(context, model.Engine.Limits, prompt, PromptParam))] };
        }

        var head = ResponseHead.New("cmpl-", model.Name);
        var parameters = request.Parameters;
        // Scoring a prompt (echo, max_tokens 0) still takes a step, whose token is not shown.
        bool scoreOnly = request.Echo && parameters.MaxTokens == 0;
        if (scoreOnly)
            parameters = parameters with { MaxTokens = 1 };
        var constraint = AnswerShape.Constrain(model, request.Format, tools: null, ReasoningMode.None, thinking: null);
        using var choices = Submission.Submit(
            context, model,
            [.. request.Prompts.SelectMany((prompt, p) => Enumerable.Range(0, parameters.Choices).Select(i =>
                parameters.ForChoice($"{head.Id}-{(p * parameters.Choices) + i}", prompt, i) with
                {
                    TopLogProbs = request.TopLogProbs,
                    Constraint = constraint,
                    PromptLogProbs = request.Echo && request.TopLogProbs is not null,
                }))],
            parameters.Stop, PromptParam);

        var writer = new CompletionWriter(model, head, choices, request, scoreOnly);
        await (parameters.Stream ? writer.StreamAsync(context, logger) : writer.AnswerAsync(context));
    }
}
