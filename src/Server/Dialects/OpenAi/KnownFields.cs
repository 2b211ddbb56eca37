namespace Kdsl.Dialects.OpenAi;

/// <summary>Fields of a request that change its answer; <see cref="IgnoredFields"/> names the others.</summary>
static class KnownFields
{
    static readonly IReadOnlyList<string> _common =
    [
        "model", "stream", "stream_options", "n", "max_tokens", "max_completion_tokens", "stop", "stop_token_ids", "ignore_eos", "temperature", "top_k", "top_p", "min_p",
        "repetition_penalty", "presence_penalty", "frequency_penalty", "seed", "logit_bias", "logprobs", "priority", "timeout",
        "return_token_ids", "return_tokens_as_token_ids", .. PromptTruncation.Fields, .. OutputFormat.Fields,
    ];

    /// <summary>Of /v1/chat/completions.</summary>
    public static readonly IReadOnlyList<string> Chat =
    [
        .. _common, "messages", "top_logprobs", "tools", "tool_choice", "parallel_tool_calls", "chat_template_kwargs", "enable_thinking", "include_reasoning",
        ContinuedTurn.Param, ContinuedTurn.OpensParam, "echo",
        "thinking_token_budget", "thinking_budget_tokens", "reasoning_budget_tokens", "reasoning_budget", "thinking_budget", "reasoning_budget_message",
        "reasoning_effort", "separate_reasoning",
    ];

    /// <summary>Of /v1/completions.</summary>
    public static readonly IReadOnlyList<string> Completion = [.. _common, "prompt", "echo", "suffix", "best_of"];
}
