using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>MindIE's <c>/infer_token</c>, token ids in: what --TaskKind stream_token drives.</summary>
sealed class MindIETokens(SamplingFields sampling) : IDialect
{
    public string Route => "/infer_token";

    public Framing Framing => Framing.Events;

    public bool SaysEnd => true;

    public bool SendsTokens => true;

    public JsonObject Body(BenchRequest request) => new()
    {
        ["input_id"] = new JsonArray([.. request.Tokens.Select(static id => (JsonNode)id)]),
        ["stream"] = true,
        ["parameters"] = sampling.Parameters(request),
    };

    public Chunk Read(JsonElement record) => TgiChunk.Read(record);
}
