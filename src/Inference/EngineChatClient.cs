using System.Runtime.CompilerServices;
using System.Text.Json;
using Kdsl.Serving;
using Kdsl.Serving.Answers;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar;
using Microsoft.Extensions.AI;

namespace Kdsl;

/// <summary>
/// <see cref="IChatClient"/> over an engine in this process: streams, thoughts (<see cref="TextReasoningContent"/>), calls of tools, answers held to a JSON Schema, usage with
/// cached tokens. Thread-safe.
/// </summary>
sealed class EngineChatClient(ITextModel model) : IChatClient
{
    readonly ChatClientMetadata _metadata = new("kdsl", null, model.Name);
    int _requests;

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        bool tools = options?.Tools is { Count: > 0 } && options.ToolMode is not NoneChatToolMode;
        string prompt = model.Render(ChatConversion.Prompt(messages, options, tools));
        var reasoning = ReasoningParser.ModeOf(prompt, model);
        int[] ids = model.Encode(prompt);
        string id = $"chat-{Interlocked.Increment(ref _requests)}";
        var generation = new TextGeneration(model.Engine.Submit(new GenerationRequest
        {
            Id = id,
            Prompt = ids,
            MaxTokens = options?.MaxOutputTokens,
            Sampling = ChatConversion.Sampling(options, model.Sampling),
            StopTokens = model.StopTokens,
            Constraint = Constraint(options, tools, reasoning),
        }), model, [.. options?.StopSequences ?? []]);

        var parser = new AnswerParser(reasoning, tools);
        var calls = new CallCollector();
        ChatResponseUpdate Update(params IList<AIContent> contents) => new(ChatRole.Assistant, contents) { ResponseId = id, MessageId = id, ModelId = model.Name, CreatedAt = DateTimeOffset.UtcNow };
        await foreach (var delta in generation.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var piece in parser.Append(delta.Text, delta.Tokens, delta.Finish is not null))
            {
                AIContent? content = piece.Part switch
                {
                    AnswerPart.Reasoning => new TextReasoningContent(piece.Text),
                    AnswerPart.Content => new TextContent(piece.Text),
                    _ => calls.Take(piece, id),
                };
                if (content is not null)
                    yield return Update(content);
            }

            if (delta.Finish is not { } finish)
                continue;
            var last = Update(new UsageContent(new UsageDetails
            {
                InputTokenCount = ids.Length,
                OutputTokenCount = delta.Tokens,
                TotalTokenCount = ids.Length + delta.Tokens,
                CachedInputTokenCount = generation.CachedTokens,
                ReasoningTokenCount = parser.ReasoningTokens,
            }));
            last.FinishReason = calls.Any ? ChatFinishReason.ToolCalls : finish is FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop;
            yield return last;
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType == typeof(IEngine) ? model.Engine
        : serviceType.IsInstanceOfType(this) ? this : null;

    /// <summary>The model stays its owner's.</summary>
    public void Dispose()
    {
    }

    /// <summary>What holds the answer: forced calls, or a JSON format.</summary>
    ITokenConstraint? Constraint(ChatOptions? options, bool tools, ReasoningMode reasoning)
    {
        JsonElement? schema = options?.ResponseFormat is ChatResponseFormatJson json ? json.Schema ?? JsonDocument.Parse("{}").RootElement : null;
        if (tools && (options!.ToolMode is RequiredChatToolMode || schema is null))
        {
            var (callable, required) = ChatConversion.Callable(options);
            bool parallel = options.AllowMultipleToolCalls ?? true;
            string key = $"calls {required} {parallel} {string.Join('\0', callable.Select(tool => $"{tool.Name} {tool.Parameters?.GetRawText()}"))}";
            return model.Constraints.Get(key, () => Grammars.OfToolCalls(new ToolCalls(callable, required, parallel, null)), reasoning);
        }

        return schema is { } form ? model.Constraints.Get("schema " + form.GetRawText(), () => Grammars.OfSchema(form), reasoning) : null;
    }
}
