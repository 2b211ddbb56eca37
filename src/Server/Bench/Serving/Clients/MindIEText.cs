using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>MindIE's Triton routes for text, <c>/v2/models/M/generate_stream</c> and <c>/generate</c>: what --TestType client drives. They report batch sizes and waits.</summary>
sealed class MindIEText(string model, SamplingFields sampling, bool stream) : IDialect
{
    public string Route { get; } = $"/v2/models/{Uri.EscapeDataString(model)}/{(stream ? "generate_stream" : "generate")}";

    public Framing Framing { get; } = stream ? Framing.Events : Framing.Whole;

    public bool SaysEnd => stream;

    public bool SendsTokens => false;

    public JsonObject Body(BenchRequest request)
    {
        var parameters = sampling.Parameters(request);
        if (!stream)
            parameters["perf_stat"] = true;
        return new JsonObject { ["id"] = Guid.NewGuid().ToString("N"), ["text_input"] = request.Prompt, ["parameters"] = parameters };
    }

    public Chunk Read(JsonElement record)
    {
        var details = record.Get("details") ?? default;
        // Of whole replies: [[token, ms], ...], the first token's first.
        double[] steps = details.Get("perf_stat") is { ValueKind: JsonValueKind.Array } stat
            ? [.. stat.EnumerateArray().Where(static step => step.ValueKind == JsonValueKind.Array && step.GetArrayLength() > 1).Select(static step => Json.Number(step[1]) ?? 0)]
            : [];
        var (batches, waits) = (details.Get("batch_size").Numbers(), details.Get("queue_wait_time").Numbers());
        return new Chunk(record.Get("text_output").Text() ?? "")
        {
            TokensSoFar = details.Get("generated_tokens").Integer(),
            Finish = details.Get("finish_reason").Text(),
            Server = steps.Length + batches.Count + waits.Count > 0 ? new(batches, waits, steps.Length > 0 ? steps[0] : null, steps.Skip(1).ToArray()) : null,
        };
    }
}
