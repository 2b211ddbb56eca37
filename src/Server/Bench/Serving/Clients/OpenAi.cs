using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>OpenAI's <c>/v1/chat/completions</c> and <c>/v1/completions</c>: this server's, vLLM's, MindIE's and many others'.</summary>
/// <param name="chat">The question is a user's message, and the server applies its template; else the prompt is continued as it is.</param>
/// <param name="tokens">The prompt goes as ids (completions only).</param>
sealed class OpenAi(SamplingFields sampling, bool chat, bool stream, bool tokens) : IDialect
{
    public string Route => chat ? "/v1/chat/completions" : "/v1/completions";

    public Framing Framing => stream ? Framing.Events : Framing.Whole;

    public bool SaysEnd => stream;

    public bool SendsTokens => tokens;

    public JsonObject Body(BenchRequest request)
    {
        var body = sampling.Body(request, stream);
        if (chat)
            body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = request.Item.Text });
        else
            body["prompt"] = tokens ? new JsonArray([.. request.Tokens.Select(static id => (JsonNode)id)]) : request.Prompt;
        // The only exact count of tokens that a stream can give.
        if (stream)
            body["stream_options"] = new JsonObject { ["include_usage"] = true };
        return body;
    }

    public Chunk Read(JsonElement record)
    {
        var choice = (record.Get("choices") ?? default).First() ?? default;
        var words = choice.Get(stream ? "delta" : "message") ?? default;
        var usage = record.Get("usage") ?? default;
        var (batches, waits, decode) = (usage.Get("batch_size").Numbers(), usage.Get("queue_wait_time").Numbers(), record.Get("decode_time_arr").Numbers());
        var first = record.Get("prefill_time").Number();
        return new Chunk((chat ? words.Get("content") : choice.Get("text")).Text() ?? "")
        {
            Thought = (words.Get("reasoning_content") ?? words.Get("reasoning")).Text() ?? "",
            TokensInAll = usage.Get("completion_tokens").Integer(),
            PromptTokens = usage.Get("prompt_tokens").Integer(),
            Finish = choice.Get("finish_reason").Text(),
            Server = batches.Count + waits.Count + decode.Count > 0 || first is not null ? new(batches, waits, first, decode) : null,
        };
    }
}
