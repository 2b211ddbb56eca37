namespace Kdsl.Bench.Serving.Clients;

/// <summary>What one event of a stream, or a whole reply, says.</summary>
/// <param name="Text">Text of the answer that came with it.</param>
readonly record struct Chunk(string Text)
{
    /// <summary>When its last byte was there, of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public long Arrived { get; init; }

    /// <summary>Text that the server puts apart as thought.</summary>
    public string Thought { get; init; } = "";

    /// <summary>Its tokens; 0: the server does not say.</summary>
    public int Tokens { get; init; }

    /// <summary>Tokens generated with it and before it; 0: the server does not say.</summary>
    public int TokensSoFar { get; init; }

    /// <summary>Tokens of the whole answer, stop token included; 0: not said here.</summary>
    public int TokensInAll { get; init; }

    /// <summary>Tokens of the prompt as the server counts them; 0: not said here.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Why the answer ended, on its last chunk.</summary>
    public string? Finish { get; init; }

    /// <summary>What the server measured itself.</summary>
    public ServerTimes? Server { get; init; }

    /// <summary>Whether it brings tokens, and not only facts about the answer.</summary>
    public bool HasTokens => Text.Length > 0 || Thought.Length > 0 || Tokens > 0;
}

/// <summary>What MindIE reports of its own steps.</summary>
/// <param name="BatchSizes">Size of the batch that each token was computed in, the prefill's first.</param>
/// <param name="QueueWaits">How long each token waited, in us.</param>
/// <param name="FirstTokenMs">Time to the first token, of whole replies; null: not said.</param>
/// <param name="DecodeMs">Time of each further token, of whole replies.</param>
sealed record ServerTimes(IReadOnlyList<double> BatchSizes, IReadOnlyList<double> QueueWaits, double? FirstTokenMs, IReadOnlyList<double> DecodeMs);
