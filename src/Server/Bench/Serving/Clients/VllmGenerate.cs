using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>vLLM's first route, <c>/generate</c>, as MindIE still has it: each chunk is <c>{"text": [new text]}</c> and a NUL byte.</summary>
sealed class VllmGenerate(SamplingFields sampling, bool stream) : IDialect
{
    public string Route => "/generate";

    public Framing Framing => stream ? Framing.NulTerminated : Framing.Whole;

    public bool SaysEnd => false;

    public bool SendsTokens => false;

    public JsonObject Body(BenchRequest request)
    {
        var body = sampling.Body(request, stream);
        body["prompt"] = request.Prompt;
        return body;
    }

    public Chunk Read(JsonElement record) => new((record.Get("text") ?? default).First().Text() ?? "");
}
