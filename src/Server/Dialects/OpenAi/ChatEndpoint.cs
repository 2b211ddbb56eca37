using Kdsl.Serving;
using Kdsl.Serving.Answers;

namespace Kdsl.Dialects.OpenAi;

/// <summary>POST /v1/chat/completions.</summary>
static class ChatEndpoint
{
    /// <summary>What this route calls the prompt.</summary>
    public const string PromptParam = "messages";

    /// <summary>Answers one request.</summary>
    public static async Task Handle(HttpContext context, ITextModel model, ILogger logger)
    {
        ChatRequest request;
        int[] prompt;
        ReasoningMode reasoning;
        KernelDsl.Runtime.Engine.ITokenConstraint? constraint;
        using (var body = await RequestBody.ReadAsync(context))
        {
            request = ChatRequest.Parse(body.RootElement, model);
            IgnoredFields.Report(context, JsonFields.Request(body.RootElement), KnownFields.Chat);
            string text = Render(request.Prompt, model);
            prompt = PromptLimit.Apply(context, model.Engine.Limits, request.Parameters.Truncation.Apply(model.Encode(text)), PromptParam);
            reasoning = ContinuedTurn.IsInThought(request.Prompt) ? ReasoningMode.Opened : ReasoningParser.ModeOf(text, model);
            constraint = AnswerShape.Constrain(model, request.Format, request.Tools, reasoning, request.Thinking);
        }

        var head = ResponseHead.New("chatcmpl-", model.Name);
        var parameters = request.Parameters;
        using var choices = Submission.Submit(
            context, model,
            [.. Enumerable.Range(0, parameters.Choices).Select(i => parameters.ForChoice($"{head.Id}-{i}", prompt, i) with
            {
                TopLogProbs = request.TopLogProbs,
                Constraint = constraint,
            })],
            parameters.Stop, PromptParam);

        var writer = new ChatWriter(model, head, choices, request, request.Thinking.Separate ? reasoning : ReasoningMode.None, prompt);
        await (parameters.Stream ? writer.StreamAsync(context, logger) : writer.AnswerAsync(context));
    }

    static string Render(ChatPrompt prompt, ITextModel model)
    {
        try
        {
            return ContinuedTurn.Cut(model.Render(prompt), prompt);
        }
        catch (PromptException e)
        {
            throw ApiException.Invalid(PromptParam, e.Message);
        }
    }
}
