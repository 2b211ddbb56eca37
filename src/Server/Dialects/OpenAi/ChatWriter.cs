using System.Text;
using Kdsl.Http;
using Kdsl.Serving;
using Kdsl.Serving.Answers;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Writes the choices of one chat request, whole or as events, parted into thoughts, content and calls.</summary>
sealed class ChatWriter(ITextModel model, ResponseHead head, Choices choices, ChatRequest request, ReasoningMode reasoning, int promptTokens)
{
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
            [.. texts.Select((text, i) => Choice(i, text, answers[i]))], UsageOf(texts.Sum(text => text.Tokens))), OpenAiJson.Default.ChatCompletion);
    }

    /// <summary>One event per piece.</summary>
    public async Task StreamAsync(HttpContext context, ILogger logger)
    {
        using var events = new EventStream(context);
        var one = new ChunkChoice[1];
        var tokens = new int[choices.Count];
        var called = new bool[choices.Count];
        StringBuilder[] contents = context.RequestServices.GetRequiredService<ServerOptions>().FullText ? [.. _parsers.Select(_ => new StringBuilder())] : [];

        ValueTask Send(int i, ChatDelta delta, ChatLogProbs? scores, string? finish)
        {
            one[0] = new ChunkChoice(i, delta, scores, finish);
            string? whole = finish is not null && contents.Length > 0 ? contents[i].ToString() : null;
            return events.SendAsync(new ChatChunk(head.Id, head.Created, head.Model, ResponseHead.Fingerprint, one, null, whole), OpenAiJson.Default.ChatChunk);
        }

        await events.RunAsync(logger, async () =>
        {
            for (int i = 0; i < choices.Count; i++)
                await Send(i, new ChatDelta("assistant", ""), null, null);
            await foreach (var (i, delta) in choices.ReadAsync(context.RequestAborted))
            {
                tokens[i] = delta.Tokens;
                var scores = delta.Scores is { Count: > 0 } ? TokenScores.Chat(delta.Scores, model) : null;
                foreach (var piece in _parsers[i].Append(delta.Text, delta.Tokens, last: delta.Finish is not null))
                {
                    called[i] |= piece.Part is AnswerPart.CallEnd;
                    if (contents.Length > 0 && piece.Part is AnswerPart.Content)
                        contents[i].Append(piece.Text);
                    if (Delta(piece) is not { } shown)
                        continue;
                    await Send(i, shown, scores, null);
                    scores = null;
                }

                // Scores of text that is held back, or not shown.
                if (scores is not null)
                    await Send(i, new ChatDelta(null, ""), scores, null);
                if (delta.Finish is { } finish)
                    await Send(i, default, null, Word(finish, called[i]));
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

    ChatChoice Choice(int index, WholeText text, WholeAnswer whole)
    {
        bool thought = reasoning is ReasoningMode.Opened || whole.Reasoning is not null;
        string? content = whole.Content.Length > 0 || (!thought && whole.Calls.Count == 0) ? whole.Content : null;
        ToolCall[]? calls = whole.Calls.Count == 0 ? null
            : [.. whole.Calls.Select(call => new ToolCall(null, ToolCall.NewId(), "function", new FunctionCall(call.Name, call.Arguments)))];
        return new ChatChoice(index, new ChatAnswer(content, thought && request.Thinking.Include ? whole.Reasoning ?? "" : null, calls),
            TokenScores.Chat(text.Scores, model), Word(text.Finish!.Value, calls is not null));
    }

    /// <summary>A whole call is a reason to stop; being cut off is a stronger one.</summary>
    static string Word(FinishReason finish, bool called) => called && finish is FinishReason.Stop ? "tool_calls" : ResponseHead.Word(finish)!;

    Usage UsageOf(int generated) => Usage.Of(promptTokens, generated, choices.CachedTokens, _parsers.Sum(parser => parser.ReasoningTokens));
}
