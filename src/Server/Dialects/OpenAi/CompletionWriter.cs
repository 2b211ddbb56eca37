using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Writes the choices of one completion request, whole or as events.</summary>
/// <param name="scoreOnly">The answer is the echoed prompt alone; the one token generated is not shown.</param>
sealed class CompletionWriter(ITextModel model, ResponseHead head, Choices choices, CompletionRequest request, bool scoreOnly)
{
    readonly TokenScores _scores = new(model, request.Parameters.TokensAsIds);
    readonly EchoedPrompt[]? _echoes = request.Echo ? [.. request.Prompts.Select(prompt => EchoedPrompt.Of(prompt, model))] : null;

    /// <summary>One JSON answer.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var answers = await choices.ReadWholeAsync(context.RequestAborted);
        var completion = Body(
            [.. answers.Select((answer, i) => Choice(i, answer.Text, answer.Scores, answer.Finish, answer.StopString, answer.Ids, first: true))],
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
                var ids = delta.Finish is null && !request.Parameters.ReturnTokenIds ? [] : delta.New.Select(token => token.Id).ToArray();
                one[0] = Choice(i, delta.Text, delta.Scores, delta.Finish, delta.StopString, ids, first: tokens[i] == 0);
                tokens[i] = delta.Tokens;
                await events.SendAsync(Body(one, request.Parameters.ContinuousUsage ? UsageOf(tokens.Sum()) : null), OpenAiJson.Default.Completion);
            }

            if (request.Parameters.IncludeUsage)
                await events.SendAsync(Body([], UsageOf(tokens.Sum())), OpenAiJson.Default.Completion);
        });
    }

    Completion Body(CompletionChoice[] some, Usage? usage) => new(head.Id, head.Created, head.Model, ResponseHead.Fingerprint, some, usage);

    /// <summary>The choice, or what a delta adds to it; the first delta carries the echo.</summary>
    CompletionChoice Choice(int index, string text, IReadOnlyList<ScoredToken>? scores, FinishReason? finish, string? stopString, IReadOnlyList<int> ids, bool first)
    {
        if (scoreOnly)
            (text, scores, finish, stopString, ids) = ("", scores is null ? null : [], finish is null ? null : FinishReason.Length, null, []);
        var stop = MatchedStop.Of(finish, stopString, ids.Count > 0 ? ids[^1] : null, request.Parameters.StopTokens);
        var (whole, allScores) = Echoed(index, text, scores, first);
        return new CompletionChoice(
            index, whole, allScores, ResponseHead.Word(finish), stop?.Requested(model.StopTokens), stop,
            request.Parameters.ReturnTokenIds && first ? request.Prompts[index / request.Parameters.Choices] : null, request.Parameters.ReturnTokenIds ? ids : null);
    }

    /// <summary>The text and its scores, behind the prompt and its scores where the answer starts with it.</summary>
    (string Text, CompletionLogProbs? Scores) Echoed(int index, string text, IReadOnlyList<ScoredToken>? scores, bool first)
    {
        var echo = _echoes?[index / request.Parameters.Choices];
        int shift = echo?.Text.Length ?? 0;
        if (echo is null || !first)
            return (text, _scores.Completion(scores, shift));

        IReadOnlyList<ScoredToken>? all = scores is null ? null
            : [.. echo.Scored(choices[index].PromptScores ?? []), .. scores.Select(token => token with { Offset = token.Offset + shift })];
        return (echo.Text + text, _scores.Completion(all));
    }

    Usage UsageOf(int generated) => Usage.Of(
        request.Prompts.Sum(prompt => prompt.Length), scoreOnly ? 0 : generated, Enumerable.Range(0, request.Prompts.Count).Sum(p => choices[p * request.Parameters.Choices].CachedTokens), reasoning: 0);
}
