using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>Text Generation Inference's <c>/generate_stream</c> and <c>/generate</c>; MindIE has them too.</summary>
sealed class Tgi(string baseModel, SamplingFields sampling, bool stream) : IDialect
{
    public string Route => stream ? "/generate_stream" : "/generate";

    public Framing Framing => stream ? Framing.Events : Framing.Whole;

    public bool SaysEnd => stream;

    public bool SendsTokens => false;

    public JsonObject Body(BenchRequest request)
    {
        var parameters = sampling.Parameters(request);
        if (request.Model != baseModel)
            parameters["adapter_id"] = request.Model;
        return new JsonObject { ["inputs"] = request.Prompt, ["parameters"] = parameters, ["stream"] = stream };
    }

    public Chunk Read(JsonElement record)
    {
        if (stream)
            return TgiChunk.Read(record);
        var reply = record.First() ?? record;
        var details = reply.Get("details") ?? default;
        return new Chunk(reply.Get("generated_text").Text() ?? "")
        {
            TokensInAll = details.Get("generated_tokens").Integer(),
            PromptTokens = details.Get("prompt_tokens").Integer(),
            Finish = details.Get("finish_reason").Text(),
        };
    }
}
