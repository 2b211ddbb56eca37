using Kdsl.Bench.Serving.Data;

namespace Kdsl.Bench.Serving;

/// <summary>One request as it will be sent.</summary>
/// <param name="Item">The question.</param>
/// <param name="Prompt">Its text, with the chat template where the client applies it.</param>
/// <param name="Tokens">The prompt's ids.</param>
/// <param name="TokenizerMs">How long encoding took, in ms.</param>
/// <param name="MaxTokens">Most tokens to generate.</param>
/// <param name="Model">Name of the model or adapter.</param>
sealed record BenchRequest(DataItem Item, string Prompt, IReadOnlyList<int> Tokens, double TokenizerMs, int MaxTokens, string Model)
{
    /// <summary>Generate all the tokens, whatever stops the model.</summary>
    public bool IgnoreStop => Item.OutputTokens is not null;

    /// <summary>The template has opened the thought already, so that it is missing from the answer's text.</summary>
    public bool OpensThought { get; init; }
}
