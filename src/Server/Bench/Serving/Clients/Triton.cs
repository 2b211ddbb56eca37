using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>Triton's generate extension, <c>/v2/models/M[/versions/V]/generate_stream</c>, with the inputs and parameters of its vLLM back end.</summary>
sealed class Triton(string model, string version, SamplingFields sampling, bool stream) : IDialect
{
    public string Route { get; } = $"/v2/models/{Uri.EscapeDataString(model)}{(version.Length > 0 ? $"/versions/{Uri.EscapeDataString(version)}" : "")}/{(stream ? "generate_stream" : "generate")}";

    public Framing Framing { get; } = stream ? Framing.Events : Framing.Whole;

    public bool SaysEnd => false;

    public bool SendsTokens => false;

    public JsonObject Body(BenchRequest request)
    {
        var parameters = sampling.Body(request, stream);
        parameters.Remove("model");
        return new JsonObject { ["text_input"] = request.Prompt, ["parameters"] = parameters };
    }

    public Chunk Read(JsonElement record) => new(record.Get("text_output").Text() ?? "");
}
