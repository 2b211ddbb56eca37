using System.Text;
using Kdsl.Http;
using Kdsl.Serving;
using Kdsl.Serving.Answers;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Writes the choices of one chat request, whole or as events, parted into thoughts, content and calls.</summary>
/// <param name="prompt">Its token ids.</param>
sealed class ChatWriter(ITextModel model, ResponseHead head, Choices choices, ChatRequest request, ReasoningMode reasoning, int[] prompt)
{
    readonly TokenScores _scores = new(model, request.Parameters.TokensAsIds);
    readonly AnswerParser[] _parsers = [.. Enumerable.Range(0, choices.Count).Select(_ => new AnswerParser(reasoning, request.Tools is not null))];

    /// <summary>One JSON answer.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        var texts = _parsers.Select(_ => new WholeText()).ToArray();
        var answers = _parsers.Select(_ => new WholeAnswer()).ToArray();
        await foreach (var (i, delta) in choices.ReadAsync(context.RequestAborted))
        {
            texts[i].Append(delta);
            foreach (var piece in _parsers[i].Append(delta.Text, delta.Tokens, last: delta.Finish is not null))
                answers[i].Append(piece);
        }

        await JsonResponse.WriteAsync(context, new ChatCompletion(head.Id, head.Created, head.Model, ResponseHead.Fingerprint,
            [.. texts.Select((text, i) => Choice(i, text, answers[i]))], UsageOf(texts.Sum(text => text.Tokens)),
            request.Parameters.ReturnTokenIds ? prompt : null), OpenAiJson.Default.ChatCompletion);
    }

    /// <summary>One event per piece.</summary>
    public async Task StreamAsync(HttpContext context, ILogger logger)
    {
        using var events = new EventStream(context);
        var one = new ChunkChoice[1];
        var tokens = new int[choices.Count];
        var called = new bool[choices.Count];
        StringBuilder[] contents = context.RequestServices.GetRequiredService<ServerOptions>().FullText ? [.. _parsers.Select(_ => new StringBuilder())] : [];
        // Ids of tokens whose text no event has told yet.
        var ids = new List<int>?[choices.Count];
        int[]? promptIds = request.Parameters.ReturnTokenIds ? prompt : null;

        ValueTask Send(int i, ChatDelta delta, ChatLogProbs? scores, string? finish = null, MatchedStop? stop = null)
        {
            one[0] = new ChunkChoice(i, delta, scores, finish, stop?.Requested(model.StopTokens), stop, ids[i]);
            string? whole = finish is not null && contents.Length > 0 ? contents[i].ToString() : null;
            var chunk = new ChatChunk(
                head.Id, head.Created, head.Model, ResponseHead.Fingerprint, one, request.Parameters.ContinuousUsage ? UsageOf(tokens.Sum()) : null, promptIds, whole);
            (ids[i], promptIds) = (null, null);
            return events.SendAsync(chunk, OpenAiJson.Default.ChatChunk);
        }

        await events.RunAsync(logger, async () =>
        {
            for (int i = 0; i < choices.Count; i++)
                await Send(i, new ChatDelta("assistant", ""), null);
            for (int i = 0; i < choices.Count && request.Echo.Length > 0; i++)
                await Send(i, new ChatDelta(null, request.Echo), null);
            await foreach (var (i, delta) in choices.ReadAsync(context.RequestAborted))
            {
                tokens[i] = delta.Tokens;
                if (request.Parameters.ReturnTokenIds)
                    (ids[i] ??= []).AddRange(delta.New.Select(token => token.Id));
                var scores = delta.Scores is { Count: > 0 } ? _scores.Chat(delta.Scores) : null;
                foreach (var piece in _parsers[i].Append(delta.Text, delta.Tokens, last: delta.Finish is not null))
                {
                    called[i] |= piece.Part is AnswerPart.CallEnd;
                    if (contents.Length > 0 && piece.Part is AnswerPart.Content)
                        contents[i].Append(piece.Text);
                    if (Delta(piece) is not { } shown)
                        continue;
                    await Send(i, shown, scores);
                    scores = null;
                }

                // Scores of text that is held back, or not shown.
                if (scores is not null)
                    await Send(i, new ChatDelta(null, ""), scores);
                if (delta.Finish is { } finish)
                    await Send(i, default, null, Word(finish, called[i]), MatchedStop.Of(finish, delta.StopString, delta.New[^1].Id, request.Parameters.StopTokens));
            }

            if (request.Parameters.IncludeUsage)
            {
                await events.SendAsync(new ChatChunk(head.Id, head.Created, head.Model, ResponseHead.Fingerprint, [], UsageOf(tokens.Sum())), OpenAiJson.Default.ChatChunk);
            }
        });
    }

    ChatDelta? Delta(AnswerEvent piece) => piece.Part switch
    {
        AnswerPart.Content => new ChatDelta(null, piece.Text),
        AnswerPart.Reasoning when request.Thinking.Include => new ChatDelta(null, null, piece.Text),
        AnswerPart.CallStart => new ChatDelta(null, null, null, [new ToolCall(piece.Call, ToolCall.NewId(), "function", new FunctionCall(piece.Text, ""))]),
        AnswerPart.CallArguments => new ChatDelta(null, null, null, [new ToolCall(piece.Call, null, null, new FunctionCall(null, piece.Text))]),
        _ => null,
    };

    ChatChoice Choice(int index, WholeText generated, WholeAnswer whole)
    {
        bool thought = reasoning is ReasoningMode.Opened || whole.Reasoning is not null;
        string text = request.Echo + whole.Content;
        string? content = text.Length > 0 || (!thought && whole.Calls.Count == 0) ? text : null;
        ToolCall[]? calls = whole.Calls.Count == 0 ? null
            : [.. whole.Calls.Select(call => new ToolCall(null, ToolCall.NewId(), "function", new FunctionCall(call.Name, call.Arguments)))];
        var stop = MatchedStop.Of(generated.Finish, generated.StopString, generated.Ids[^1], request.Parameters.StopTokens);
        return new ChatChoice(index, new ChatAnswer(content, thought && request.Thinking.Include ? whole.Reasoning ?? "" : null, calls),
            _scores.Chat(generated.Scores), Word(generated.Finish!.Value, calls is not null), stop?.Requested(model.StopTokens), stop,
            request.Parameters.ReturnTokenIds ? generated.Ids : null);
    }

    /// <summary>A whole call is a reason to stop; being cut off is a stronger one.</summary>
    static string Word(FinishReason finish, bool called) => called && finish is FinishReason.Stop ? "tool_calls" : ResponseHead.Word(finish)!;

    Usage UsageOf(int generated) => Usage.Of(prompt.Length, generated, choices.CachedTokens, _parsers.Sum(parser => parser.ReasoningTokens));
}
