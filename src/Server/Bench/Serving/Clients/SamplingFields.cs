using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>How tokens are chosen, as the command line says it.</summary>
/// <param name="DoSampling">--DoSampling: false asks for the likeliest token each time.</param>
/// <param name="Extra">--SamplingParams: a JSON object whose members win.</param>
sealed record SamplingFields(bool DoSampling, JsonElement Extra)
{
    /// <summary>These members, with those of --SamplingParams in their place or after them.</summary>
    public JsonObject Merge(JsonObject members)
    {
        foreach (var member in Extra.EnumerateObject())
            members[member.Name] = JsonNode.Parse(member.Value.GetRawText());
        return members;
    }

    /// <summary>Members of MindIE's and TGI's <c>parameters</c>.</summary>
    public JsonObject Parameters(BenchRequest request) => Merge(new JsonObject
    {
        ["details"] = true,
        ["do_sample"] = DoSampling,
        ["max_new_tokens"] = request.MaxTokens,
    });

    /// <summary>Members of vLLM's and OpenAI's bodies. A greedy run says so: with no temperature these servers sample.</summary>
    public JsonObject Body(BenchRequest request, bool stream)
    {
        var body = new JsonObject { ["model"] = request.Model, ["max_tokens"] = request.MaxTokens, ["stream"] = stream };
        if (!DoSampling)
            body["temperature"] = 0;
        if (request.IgnoreStop)
            body["ignore_eos"] = true;
        return Merge(body);
    }
}
