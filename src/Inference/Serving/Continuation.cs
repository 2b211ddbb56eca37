namespace Kdsl.Serving;

/// <summary>Prompts that end within their last message, as <c>continue_final_message</c> of Hugging Face's apply_chat_template makes them.</summary>
static class Continuation
{
    /// <summary>Cuts off what a template has written behind the last message.</summary>
    /// <param name="rendered">The conversation, the turn of its last message closed.</param>
    /// <param name="last">The text of that message.</param>
    /// <exception cref="PromptException">The text is empty, or the template does not show it.</exception>
    public static string Cut(string rendered, string last)
    {
        string kept = last.Trim();
        int at = kept.Length == 0 ? -1 : rendered.LastIndexOf(kept, StringComparison.Ordinal);
        if (at < 0)
        {
            throw new PromptException(kept.Length == 0
                ? "The last message is to be continued, but it is empty; leave it out."
                : "The last message is to be continued, but the chat template does not show its text as it is.");
        }

        // Templates may trim messages; the space at the end is part of what goes on.
        return rendered[..(at + kept.Length)] + last[last.TrimEnd().Length..];
    }
}
