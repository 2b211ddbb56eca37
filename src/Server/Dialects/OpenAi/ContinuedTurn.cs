using Kdsl.Serving;
using Kdsl.Serving.Answers;

namespace Kdsl.Dialects.OpenAi;

/// <summary>
/// A conversation whose last message, the assistant's own, is to be gone on with: <c>continue_final_message</c> of vLLM, TGI and llama.cpp.
/// The answer is what comes behind it.
/// </summary>
static class ContinuedTurn
{
    /// <summary>The field that asks for it, and the one that asks for the opposite.</summary>
    public const string Param = "continue_final_message", OpensParam = "add_generation_prompt";

    // Behind the message's text while the template has it: what the template writes after the text is cut off there, whatever it is.
    const string Mark = "<|kdsl goes on here|>";

    /// <summary>The prompt with the mark in its last message, or the prompt as it is where nothing is continued.</summary>
    /// <exception cref="ApiException">The last message cannot be continued.</exception>
    public static ChatPrompt Read(JsonFields fields, ChatPrompt prompt)
    {
        bool continues = fields.Flag(Param) ?? false, opens = fields.Flag(OpensParam) ?? !continues;
        if (!continues)
            return prompt with { OpensTurn = opens };
        if (opens)
            throw ApiException.Invalid(Param, $"'{Param}' and '{OpensParam}' are both true; a turn is either continued or opened. Leave one of them out.");
        var last = prompt.Messages[^1];
        if (last.Role != "assistant" || last.ToolCalls is not null)
        {
            string what = last.ToolCalls is null ? $"of the role '{last.Role}'" : "a call of tools";
            throw ApiException.Invalid(Param, $"'{Param}' is true, but the last of 'messages' is {what}; only an assistant's text can be continued.");
        }

        return prompt with { OpensTurn = false, Messages = [.. prompt.Messages.SkipLast(1), last with { Content = last.Content + Mark }] };
    }

    /// <summary>The rendered conversation up to the mark, where there is one.</summary>
    /// <exception cref="ApiException">The template does not show the message.</exception>
    public static string Cut(string rendered, ChatPrompt prompt)
    {
        if (!IsMarked(prompt))
            return rendered;
        int end = rendered.LastIndexOf(Mark, StringComparison.Ordinal);
        return end >= 0 ? rendered[..end]
            : throw ApiException.Invalid(Param, $"'{Param}' is true, but the chat template of this model does not show the text of the last message.");
    }

    /// <summary>The message to be continued has begun a thought and not ended it.</summary>
    public static bool IsInThought(ChatPrompt prompt)
    {
        string text = prompt.Messages[^1].Content;
        return IsMarked(prompt)
            && text.LastIndexOf(ReasoningParser.Open, StringComparison.Ordinal) > text.LastIndexOf(ReasoningParser.Close, StringComparison.Ordinal);
    }

    /// <summary>The last message is to be continued.</summary>
    public static bool IsMarked(ChatPrompt prompt) => !prompt.OpensTurn && prompt.Messages[^1].Content.EndsWith(Mark, StringComparison.Ordinal);
}
