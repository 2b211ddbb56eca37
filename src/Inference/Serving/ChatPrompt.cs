using System.Text.Json;

namespace Kdsl.Serving;

/// <summary>A conversation to be continued.</summary>
/// <param name="Messages">Oldest first.</param>
/// <param name="Tools">JSON descriptions of functions that the model may call, for templates that show them; null: none.</param>
/// <param name="Variables">Further variables of the template, such as enable_thinking; null: none.</param>
sealed record ChatPrompt(
    IReadOnlyList<ChatMessage> Messages, IReadOnlyList<JsonElement>? Tools = null, IReadOnlyDictionary<string, JsonElement>? Variables = null)
{
    /// <summary>The prompt ends with the start of the assistant's turn.</summary>
    public bool OpensAnswer { get; init; } = true;

    /// <summary>The last message is the start of the answer: the prompt ends with its text, in an open turn.</summary>
    public bool ContinuesLast { get; init; }
}

/// <summary>One turn.</summary>
/// <param name="Role">system, user, assistant or tool.</param>
/// <param name="Content">Its text.</param>
sealed record ChatMessage(string Role, string Content)
{
    /// <summary>Calls that an assistant's turn made, their arguments as JSON objects.</summary>
    public JsonElement? ToolCalls { get; init; }

    /// <summary>Which call a tool's turn answers.</summary>
    public string? ToolCallId { get; init; }

    /// <summary>The speaker's or the tool's name.</summary>
    public string? Name { get; init; }
}
