namespace Kdsl.Bench.Serving.Data;

/// <summary>One question of a data set.</summary>
/// <param name="Id">Names it in the results; unique within the data set.</param>
/// <param name="Text">The prompt, before any chat template; empty where there are only ids.</param>
sealed record DataItem(string Id, string Text)
{
    /// <summary>The prompt as token ids; null: the text is encoded.</summary>
    public IReadOnlyList<int>? Tokens { get; init; }

    /// <summary>What a right answer says; null: answers are not judged.</summary>
    public string? Answer { get; init; }

    /// <summary>Tokens to generate, whatever stops the model; null: --MaxOutputLen, or until it stops.</summary>
    public int? OutputTokens { get; init; }
}
