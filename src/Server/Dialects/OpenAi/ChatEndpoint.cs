using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>POST /v1/chat/completions.</summary>
static class ChatEndpoint
{
    /// <summary>What this route calls the prompt.</summary>
    public const string PromptParam = "messages";

    /// <summary>Answers one request.</summary>
    public static async Task Handle(HttpContext context, ITextModel model, ILogger logger)
    {
        var (request, prompt) = await ReadAsync(context, model);
        var head = ResponseHead.New("chatcmpl-", model.Name);
        var parameters = request.Parameters;
        using var choices = Submission.Submit(
            context, model,
            [.. Enumerable.Range(0, parameters.Choices).Select(i =>
                parameters.ForChoice($"{head.Id}-{i}", prompt, i) with { TopLogProbs = request.TopLogProbs })],
            parameters.Stop, PromptParam);

        if (parameters.Stream)
            await Stream(context, model, head, choices, prompt.Length, parameters.IncludeUsage, logger);
        else
            await Answer(context, model, head, choices, prompt.Length);
    }

    static async Task<(ChatRequest Request, int[] Prompt)> ReadAsync(HttpContext context, ITextModel model)
    {
        using var body = await RequestBody.ReadAsync(context);
        var request = ChatRequest.Parse(body.RootElement, model);
        try
        {
            return (request, model.Encode(model.Render(request.Prompt)));
        }
        catch (PromptException e)
        {
            throw ApiException.Invalid(PromptParam, e.Message);
        }
    }

    static async Task Answer(HttpContext context, ITextModel model, ResponseHead head, Choices choices, int promptTokens)
    {
        var answers = await choices.ReadWholeAsync(context.RequestAborted);
        await JsonResponse.WriteAsync(context, new ChatCompletion(head.Id, head.Created, head.Model,
            [.. answers.Select((answer, i) => new ChatChoice(
                i, new ChatAnswer(answer.Text), TokenScores.Chat(answer.Scores, model), ResponseHead.Word(answer.Finish)!))],
            new Usage(promptTokens, answers.Sum(answer => answer.Tokens))), OpenAiJson.Default.ChatCompletion);
    }

    static async Task Stream(
        HttpContext context, ITextModel model, ResponseHead head, Choices choices, int promptTokens, bool includeUsage,
        ILogger logger)
    {
        using var events = new EventStream(context);
        var one = new ChunkChoice[1];
        var tokens = new int[choices.Count];

        ValueTask Send(ChunkChoice choice)
        {
            one[0] = choice;
            return events.SendAsync(new ChatChunk(head.Id, head.Created, head.Model, one, null), OpenAiJson.Default.ChatChunk);
        }

        await events.RunAsync(logger, async () =>
        {
            for (int i = 0; i < choices.Count; i++)
                await Send(new ChunkChoice(i, new ChatDelta("assistant", ""), null, null));
            await foreach (var (i, delta) in choices.ReadAsync(context.RequestAborted))
            {
                tokens[i] = delta.Tokens;
                if (delta.Text.Length > 0 || delta.Scores is { Count: > 0 })
                    await Send(new ChunkChoice(i, new ChatDelta(null, delta.Text), TokenScores.Chat(delta.Scores, model), null));
                if (delta.Finish is { } finish)
                    await Send(new ChunkChoice(i, default, null, ResponseHead.Word(finish)));
            }

            if (includeUsage)
            {
                await events.SendAsync(new ChatChunk(head.Id, head.Created, head.Model, [], new Usage(promptTokens, tokens.Sum())),
                    OpenAiJson.Default.ChatChunk);
            }
        });
    }
}
