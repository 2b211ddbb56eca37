using System.Text.Json;

namespace Kdsl.Dialects.OpenAi;

/// <summary>How a request wants the model to think.</summary>
/// <param name="Budget">Most tokens of thought; null: no limit.</param>
/// <param name="Farewell">What a thought that is cut off ends with; null: nothing.</param>
/// <param name="Include">Thoughts are part of the answer.</param>
/// <param name="Separate">Thoughts are told from the content; else they are content, their marks with them (SGLang's <c>separate_reasoning</c>).</param>
/// <param name="Variables">Further variables of the chat template (<c>chat_template_kwargs</c>); null: none.</param>
sealed record Thinking(int? Budget, string? Farewell, bool Include, bool Separate, IReadOnlyDictionary<string, JsonElement>? Variables)
{
    const string Enable = "enable_thinking", Effort = "reasoning_effort", NoEffort = "none";

    // OpenAI's.
    static readonly string[] s_efforts = [NoEffort, "minimal", "low", "medium", "high", "xhigh"];

    // vLLM's, llama.cpp's, and what others call it.
    static readonly string[] s_budgets = ["thinking_token_budget", "thinking_budget_tokens", "reasoning_budget_tokens", "reasoning_budget", "thinking_budget"];

    /// <summary>Reads it. A budget of -1 is none.</summary>
    public static Thinking Read(JsonFields fields)
    {
        int? budget = null;
        foreach (string name in s_budgets)
            budget ??= fields.Integer(name, -1, int.MaxValue);
        Dictionary<string, JsonElement>? variables = null;
        if (fields.TryGet("chat_template_kwargs", out var given))
        {
            // MindIE's clients put the budget here.
            budget ??= JsonFields.Object(given, "chat_template_kwargs").Integer("thinking_budget", -1, int.MaxValue);
            variables = given.EnumerateObject().ToDictionary(variable => variable.Name, variable => variable.Value);
        }

        if (fields.Flag(Enable) is { } enable)
            (variables ??= []).TryAdd(Enable, Json(enable ? "true" : "false"));
        if (fields.Text(Effort) is { } effort)
        {
            if (!s_efforts.Contains(effort))
                throw ApiException.Invalid(Effort, $"'{Effort}' is '{effort}'; allowed are {string.Join(", ", s_efforts)}.");
            // Templates know the one or the other.
            (variables ??= []).TryAdd(Effort, Json($"\"{effort}\""));
            if (effort == NoEffort)
                variables.TryAdd(Enable, Json("false"));
        }

        // Templates such as QwQ's open a thought whatever the variable says: then it ends at once.
        if (variables is not null && variables.TryGetValue(Enable, out var enabled) && enabled.ValueKind == JsonValueKind.False)
            budget ??= 0;
        return new(budget == -1 ? null : budget, fields.Text("reasoning_budget_message"), fields.Flag("include_reasoning") ?? true, fields.Flag("separate_reasoning") ?? true, variables);
    }

    static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;
}
