using Kdsl.Dialects;
using Kdsl.Dialects.OpenAi;
using Kdsl.Http;
using Kdsl.Serving;

namespace Kdsl.Management;

/// <summary>Who the server is, and the sizes that it was started with.</summary>
static class SizeRoutes
{
    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, ServerOptions options)
    {
        var limits = model.Engine.Limits;
        int mostOutput = Math.Min(options.MaxOutputTokens ?? int.MaxValue, limits.ContextLength);

        routes.GetManaged("/info", context => JsonResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNull("docker_label");
            json.WriteNumber("max_batch_total_tokens", limits.MaxTokensPerStep);
            json.WriteNumber("max_best_of", 1);
            json.WriteNumber("max_concurrent_requests", limits.MaxSequences);
            json.WriteNumber("max_stop_sequences", 1024);
            json.WriteNull("max_waiting_tokens");
            json.WriteNull("sha");
            json.WriteNumber("validation_workers", 1);
            json.WriteString("version", Versions.Product);
            json.WriteNull("waiting_served_ratio");
            json.WriteStartArray("models");
            json.WriteStartObject();
            json.WriteString("model_device_type", "cpu");
            json.WriteString("model_dtype", "bfloat16");
            json.WriteString("model_id", model.Name);
            json.WriteString("model_pipeline_tag", "text-generation");
            json.WriteNull("model_sha");
            json.WriteNumber("max_total_tokens", limits.ContextLength);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteNumber("max_input_length", PromptLimit.Of(options, limits));
            json.WriteEndObject();
        }));
        routes.GetManaged("/v1/config", context => JsonResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("modelName", model.Name);
            json.WriteNumber("maxSeqLen", limits.ContextLength);
            json.WriteNumber("npuMemSize", ManagementRoutes.Gigabytes(limits.CacheBytes));
            json.WriteNumber("cpuMemSize", ManagementRoutes.Gigabytes(limits.SwapBytes));
            json.WriteNumber("worldSize", 1);
            json.WriteNumber("maxOutputLen", mostOutput);
            json.WriteNumber("cacheBlockSize", limits.PageSize);
            json.WriteEndObject();
        }));
        routes.GetManaged("/v2", context => JsonResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("name", "MindIE Server");
            json.WriteString("version", Versions.Product);
            json.WriteStartObject("extensions");
            json.WriteNumber("max_iter_times", mostOutput);
            json.WriteNumber("prefill_policy_type", 0);
            json.WriteNumber("decode_policy_type", 0);
            json.WriteNumber("max_prefill_batch_size", limits.MaxSequences);
            json.WriteNumber("max_prefill_tokens", limits.MaxTokensPerStep);
            json.WriteEndObject();
            json.WriteEndObject();
        }));
    }
}
