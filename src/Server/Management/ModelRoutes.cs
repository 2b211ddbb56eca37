using Kdsl.Dialects;
using Kdsl.Dialects.OpenAi;
using Kdsl.Serving;

namespace Kdsl.Management;

/// <summary>The model by its name, as the KServe v2 protocol and MindIE have it.</summary>
static class ModelRoutes
{
    /// <summary>What the KServe v2 protocol calls this server.</summary>
    const string Platform = "kdsl";

    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, Readiness readiness) =>
        routes.MapGet("/v2/models/{**path}", context => ModelAsync(context, model, readiness)).WithMetadata(TypedErrors.MindIe);

    /// <summary>What is known of the model by its name: its tensors, <c>/config</c>, <c>/ready</c>, <c>/getSlotCount</c>.</summary>
    static Task ModelAsync(HttpContext context, ITextModel model, Readiness readiness)
    {
        string path = Uri.UnescapeDataString((string?)context.Request.RouteValues["path"] ?? "");
        var limits = model.Engine.Limits;
        if (path == model.Name)
        {
            return JsonResponse.WriteAsync(context, json =>
            {
                json.WriteStartObject();
                json.WriteString("name", model.Name);
                json.WriteString("platform", Platform);
                foreach (string side in (string[])["input", "output"])
                {
                    json.WriteStartArray($"{side}s");
                    json.WriteStartObject();
                    json.WriteString("name", $"{side}0");
                    json.WriteString("datatype", "UINT32");
                    json.WriteStartArray("shape");
                    json.WriteNumberValue(-1);
                    json.WriteEndArray();
                    json.WriteEndObject();
                    json.WriteEndArray();
                }

                json.WriteEndObject();
            });
        }

        if (!path.StartsWith($"{model.Name}/", StringComparison.Ordinal))
            throw ApiException.UnknownModel(path, model.Name);
        return path[(model.Name.Length + 1)..] switch
        {
            "ready" => HealthRoutes.ReadyAsync(context, readiness),
            "getSlotCount" => JsonResponse.WriteAsync(context, json =>
            {
                var status = model.Engine.Status;
                json.WriteStartObject();
                json.WriteNumber("total_slots", limits.MaxSequences);
                json.WriteNumber("free_slots", Math.Max(0, limits.MaxSequences - status.Running));
                json.WriteNumber("available_tokens_length", (long)status.FreePages * limits.PageSize);
                json.WriteEndObject();
            }),
            "config" => JsonResponse.WriteAsync(context, json =>
            {
                json.WriteStartObject();
                json.WriteString("model_name", model.Name);
                json.WriteString("input_datatype", "UINT32");
                json.WriteString("output_datatype", "UINT32");
                json.WriteNumber("max_seq_len", limits.ContextLength);
                json.WriteNumber("npu_mem_size", ManagementRoutes.Gigabytes(limits.CacheBytes));
                json.WriteNumber("cpu_mem_size", ManagementRoutes.Gigabytes(limits.SwapBytes));
                json.WriteNumber("world_size", 1);
                json.WriteString("model_weight_path", model.Name);
                json.WriteString("model_instance_type", "Standard");
                json.WriteEndObject();
            }),
            _ => throw new ApiException(404, ApiError.Request($"Unknown URL: GET {context.Request.Path}; of a model there are /config, /ready and /getSlotCount.", null, "unknown_url")),
        };
    }
}
