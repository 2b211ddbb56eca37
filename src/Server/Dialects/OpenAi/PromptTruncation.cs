using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>How a prompt that is too long is cut: vLLM's <c>truncate_prompt_tokens</c> and <c>truncation_side</c>.</summary>
/// <param name="Most">Tokens that stay; null: all.</param>
/// <param name="KeepsStart">The end is cut off, not the start.</param>
sealed record PromptTruncation(int? Most, bool KeepsStart)
{
    const string Field = "truncate_prompt_tokens", SideField = "truncation_side";

    /// <summary>Names of its fields.</summary>
    public static readonly IReadOnlyList<string> Fields = [Field, SideField];

    /// <summary>Reads it; -1 cuts to what the context holds besides the answer.</summary>
    /// <param name="maxTokens">Most tokens of the answer; null: it needs one.</param>
    /// <exception cref="ApiException">A field is malformed.</exception>
    public static PromptTruncation Read(JsonFields fields, ITextModel model, int? maxTokens)
    {
        bool keepsStart = fields.Text(SideField) switch
        {
            null or "left" => false,
            "right" => true,
            var other => throw ApiException.Invalid(SideField, $"'{SideField}' is '{other}'; allowed are left (cut off the start) and right (cut off the end)."),
        };
        return fields.Integer(Field, -1, int.MaxValue) switch
        {
            0 => throw ApiException.Invalid(Field, $"'{Field}' is 0; allowed is 1 or more, or -1 for what the context holds."),
            -1 => new(Math.Max(1, model.Engine.Limits.ContextLength - Math.Max(1, maxTokens ?? 1)), keepsStart),
            var most => new(most, keepsStart),
        };
    }

    /// <summary>What stays of a prompt.</summary>
    public int[] Apply(int[] prompt) =>
        Most is not { } most || prompt.Length <= most ? prompt : KeepsStart ? prompt[..most] : prompt[^most..];
}
