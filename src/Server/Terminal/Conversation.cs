using System.Runtime.CompilerServices;
using System.Text;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Terminal;

/// <summary>A chat of several turns with a model.</summary>
sealed class Conversation(ITextModel model, SamplingOptions sampling, int? maxTokens)
{
    readonly List<ChatMessage> _turns = [];
    string? _system;

    /// <summary>Sets or removes the system message, and starts anew.</summary>
    public void Reset(string? system)
    {
        _system = system;
        _turns.Clear();
    }

    /// <summary>Starts anew with the same system message.</summary>
    public void Reset() => _turns.Clear();

    /// <summary>
    /// Adds the user's turn and streams the model's. An answer that is cut short by the token stays in the conversation as far as it went;
    /// a turn that cannot be answered at all is taken back.
    /// </summary>
    /// <exception cref="PromptException">The template refuses the messages.</exception>
    /// <exception cref="RequestException">The conversation does not fit the model.</exception>
    public async IAsyncEnumerable<TextDelta> AskAsync(string text, [EnumeratorCancellation] CancellationToken cancellation)
    {
        _turns.Add(new ChatMessage("user", text));
        var answer = new StringBuilder();
        try
        {
            var (generation, opening) = Submit();
            if (opening.Length > 0)
                yield return new TextDelta(opening, 0, [], null, null, null);
            answer.Append(opening);
            await foreach (var delta in generation.ReadAsync(cancellation))
            {
                answer.Append(delta.Text);
                yield return delta;
            }
        }
        finally
        {
            if (answer.Length > 0)
                _turns.Add(new ChatMessage("assistant", answer.ToString()));
            else
                _turns.RemoveAt(_turns.Count - 1);
        }
    }

    (TextGeneration Generation, string Opening) Submit()
    {
        IReadOnlyList<ChatMessage> messages = _system is null ? _turns : [new ChatMessage("system", _system), .. _turns];
        string prompt = model.Render(new ChatPrompt(messages));
        var generation = model.Engine.Submit(new GenerationRequest
        {
            Id = $"chat-{_turns.Count}",
            Prompt = model.Encode(prompt),
            Sampling = sampling,
            MaxTokens = maxTokens,
            StopTokens = model.StopTokens,
        });
        return (new TextGeneration(generation, model, []), Thoughts.OpeningOf(prompt));
    }
}
