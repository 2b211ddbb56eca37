using System.Text.Json;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>Events of TGI's form, which MindIE's own routes share: <c>{"token": {"id", "text"}, "generated_text", "details"}</c>.</summary>
static class TgiChunk
{
    /// <summary>Reads one. MindIE gives ids as a list, for chunks of several tokens; TGI one id.</summary>
    public static Chunk Read(JsonElement record)
    {
        var token = record.Get("token") ?? default;
        var details = record.Get("details");
        return new Chunk(token.Get("text").Text() ?? "")
        {
            Tokens = token.Get("id") switch
            {
                { ValueKind: JsonValueKind.Array } ids => ids.GetArrayLength(),
                { ValueKind: JsonValueKind.Number } => 1,
                _ => 0,
            },
            // Without details only the whole text shows the end.
            Finish = (details ?? default).Get("finish_reason").Text() ?? (record.Get("generated_text") is not null ? "" : null),
        };
    }
}
