using System.Globalization;
using Kdsl.Dialects.OpenAi;
using Kdsl.Http;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects;

/// <summary>What is done with a prompt that is too long.</summary>
enum Truncation
{
    /// <summary>It is refused.</summary>
    None,

    /// <summary>Its end is kept.</summary>
    Left,

    /// <summary>Its beginning is kept.</summary>
    Right,
}

/// <summary>
/// The length of prompts: as much as the operator allows, and one token less than the context at most. A longer one is refused, or cut where the operator
/// says so.
/// </summary>
static class PromptLimit
{
    /// <summary>The header that tells how many tokens of a prompt were kept.</summary>
    public const string Header = "X-Prompt-Tokens-Applied";

    /// <summary>Most tokens of a prompt.</summary>
    public static int Of(ServerOptions options, EngineLimits limits) => Math.Min(options.MaxInputTokens ?? int.MaxValue, limits.ContextLength - 1);

    /// <summary>The prompt, or what is kept of it.</summary>
    /// <param name="param">What the route calls the prompt, for errors.</param>
    /// <exception cref="ApiException">It is too long, and is not to be cut.</exception>
    public static int[] Apply(HttpContext context, EngineLimits limits, int[] prompt, string param)
    {
        var options = context.RequestServices.GetRequiredService<ServerOptions>();
        int most = Of(options, limits);
        if (prompt.Length <= most)
            return prompt;
        if (options.Truncation is Truncation.None || options.Strict)
        {
            string allowed = most < limits.ContextLength - 1 ? $"This server allows prompts of {most} tokens"
                : $"This model's maximum context length is {limits.ContextLength} tokens";
            throw ApiException.Invalid(param, $"{allowed}, and the prompt alone has {prompt.Length}. Shorten the prompt.", "context_length_exceeded");
        }

        context.Response.Headers[Header] = most.ToString(CultureInfo.InvariantCulture);
        return new PromptTruncation(most, KeepsStart: options.Truncation is Truncation.Right).Apply(prompt);
    }
}
