using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Writes the choices of one completion request, whole or as events.</summary>
/// <param name="scoreOnly">The answer is the echoed prompt alone; the one token generated is not shown.</param>
sealed class CompletionWriter(ITextModel model, ResponseHead head, Choices choices, CompletionRequest request, bool scoreOnly)
{
    readonly EchoedPrompt[]? _echoes = request.Echo ? [.. request.Prompts.Select(prompt => EchoedPrompt.Of(prompt, model))] : null;

    /// <summary>One JSON answer.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var answers = await choices.ReadWholeAsync(context.RequestAborted);
        var completion = Body(
            [.. answers.Select((answer, i) => Choice(i, answer.Text, answer.Scores, answer.Finish, first: true))],
            UsageOf(answers.Sum(answer => answer.Tokens)));
        await JsonResponse.WriteAsync(context, completion, OpenAiJson.Default.Completion);
    }

    /// <summary>One event per delta.</summary>
    public async Task StreamAsync(HttpContext context, ILogger logger)
    {
        using var events = new EventStream(context);
        var one = new CompletionChoice[1];
        var tokens = new int[choices.Count];
        await events.RunAsync(logger, async () =>
        {
            await foreach (var (i, delta) in choices.ReadAsync(context.RequestAborted))
            {
                one[0] = Choice(i, delta.Text, delta.Scores, delta.Finish, first: tokens[i] == 0);
                tokens[i] = delta.Tokens;
                await events.SendAsync(Body(one, null), OpenAiJson.Default.Completion);
            }

            if (request.Parameters.IncludeUsage)
                await events.SendAsync(Body([], UsageOf(tokens.Sum())), OpenAiJson.Default.Completion);
        });
    }

    Completion Body(CompletionChoice[] some, Usage? usage) => new(head.Id, head.Created, head.Model, ResponseHead.Fingerprint, some, usage);

    /// <summary>The choice, or what a delta adds to it; the first delta carries the echo.</summary>
    CompletionChoice Choice(int index, string text, IReadOnlyList<ScoredToken>? scores, FinishReason? finish, bool first)
    {
        if (scoreOnly)
            (text, scores, finish) = ("", scores is null ? null : [], finish is null ? null : FinishReason.Length);
        var echo = _echoes?[index / request.Parameters.Choices];
        int shift = echo?.Text.Length ?? 0;
        if (echo is null || !first)
            return new CompletionChoice(index, text, TokenScores.Completion(scores, model, shift), ResponseHead.Word(finish));

        IReadOnlyList<ScoredToken>? all = scores is null ? null
            : [.. echo.Scored(choices[index].PromptScores ?? []), .. scores.Select(token => token with { Offset = token.Offset + shift })];
        return new CompletionChoice(index, echo.Text + text, TokenScores.Completion(all, model), ResponseHead.Word(finish));
    }

    Usage UsageOf(int generated) => Usage.Of(
        request.Prompts.Sum(prompt => prompt.Length), scoreOnly ? 0 : generated, Enumerable.Range(0, request.Prompts.Count).Sum(p => choices[p * request.Parameters.Choices].CachedTokens), reasoning: 0);
}
