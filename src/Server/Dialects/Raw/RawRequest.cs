using Kdsl.Dialects.OpenAi;
using Kdsl.Serving;

namespace Kdsl.Dialects.Raw;

/// <summary>A text, or token ids, to be continued as they are: no chat template.</summary>
/// <param name="Id">The client's name for the request, or one of ours.</param>
/// <param name="Text">The prompt; empty when it came as ids.</param>
/// <param name="Prompt">Its token ids.</param>
/// <param name="Stream">Answer token by token.</param>
sealed record RawRequest(string Id, string Text, int[] Prompt, bool Stream, RawParameters Parameters)
{
    /// <summary>A request with a text.</summary>
    public static RawRequest OfText(string id, string text, bool stream, RawParameters parameters, ITextModel model)
    {
        int[] ids = model.Encode(text);
        // TGI keeps the end of a prompt that is too long.
        return new(id, text, new PromptTruncation(parameters.Truncate, KeepsStart: false).Apply(ids), stream, parameters);
    }

    /// <summary>An id for requests that bring none.</summary>
    public static string NewId(string prefix) => ResponseHead.New(prefix, "").Id;
}
