using System.Text.Json.Serialization;

namespace Kdsl.Dialects.OpenAi;

/// <summary>A served model.</summary>
/// <param name="MaxModelLen">Context length in tokens, under the name that vLLM gave it.</param>
sealed record ModelCard(string Id, long Created, string OwnedBy, int MaxModelLen)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "model";

    /// <summary>The model itself: there are no adapters on top of another one.</summary>
    public string Root => Id;
}

/// <summary>Answer of /v1/models.</summary>
sealed record ModelList(IReadOnlyList<ModelCard> Data)
{
    [JsonPropertyOrder(-1)]
    public string Object { get; } = "list";
}

/// <summary>Answer of /health.</summary>
sealed record Health(string Status, string Model, int Running, int Waiting, int FreePages, int TotalPages);
