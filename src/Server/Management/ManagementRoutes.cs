using System.Globalization;
using Kdsl.Dialects;
using Kdsl.Dialects.OpenAi;
using Kdsl.Http;
using Kdsl.Observability;
using Kdsl.Serving;

namespace Kdsl.Management;

/// <summary>What MindIE serves on its management plane, and what names the server and its model: health, state, slots, sizes.</summary>
static class ManagementRoutes
{
    /// <summary>What the KServe v2 protocol calls this server.</summary>
    const string Platform = "kdsl";

    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, Readiness readiness, Telemetry telemetry, ServerOptions options)
    {
        var limits = model.Engine.Limits;
        int mostOutput = Math.Min(options.MaxOutputTokens ?? int.MaxValue, limits.ContextLength);

        GetPublic(routes, "/v2/health/live", async context =>
        {
            var state = readiness.Live();
            if (state is ReadyState.Ready)
                return;
            await MessageAsync(context, state is ReadyState.Stopping ? 503 : state is ReadyState.Busy ? 200 : 500, state);
        });
        GetPublic(routes, "/v2/health/ready", context => ReadyAsync(context, readiness));
        Get(routes, "/health/timed", context => TimedAsync(context, readiness, 10));
        Get(routes, "/health/timed-{seconds}", context => int.TryParse((string?)context.Request.RouteValues["seconds"], out int seconds) && seconds is >= 1 and <= 600
            ? TimedAsync(context, readiness, seconds)
            : throw new ApiException(404, ApiError.Request($"'/health/timed-{context.Request.RouteValues["seconds"]}': the time is 1 to 600 seconds.", null, "unknown_url")));

        Get(routes, "/info", context => JsonResponse.WriteAsync(context, json =>
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
            json.WriteNumber("max_input_length", limits.ContextLength - 1);
            json.WriteEndObject();
        }));
        Get(routes, "/v1/config", context => JsonResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("modelName", model.Name);
            json.WriteNumber("maxSeqLen", limits.ContextLength);
            json.WriteNumber("npuMemSize", Gigabytes(limits.CacheBytes));
            json.WriteNumber("cpuMemSize", Gigabytes(limits.SwapBytes));
            json.WriteNumber("worldSize", 1);
            json.WriteNumber("maxOutputLen", mostOutput);
            json.WriteNumber("cacheBlockSize", limits.PageSize);
            json.WriteEndObject();
        }));
        Get(routes, "/v1/status", context => StatusAsync(context, model, readiness, wide: false));
        Get(routes, "/v2/status", context => StatusAsync(context, model, readiness, wide: true));

        Get(routes, "/v2", context => JsonResponse.WriteAsync(context, json =>
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
        routes.MapGet("/v2/models/{**path}", context => ModelAsync(context, model, readiness)).WithMetadata(TypedErrors.MindIe);
        foreach (string path in (string[])["/v1/role/{role}", "/v2/role/{role}", "/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/v1/engine-server/fault-handling-command"])
        {
            routes.MapPost(path, context => throw new ApiException(StatusCodes.Status501NotImplemented, ApiError.Server(
                $"{context.Request.Path} is not for this server: it prefills and decodes in one process, on one device, without adapters.", "not_implemented"))).WithMetadata(TypedErrors.MindIe);
        }

        Get(routes, "/metrics-json", context => JsonResponse.WriteAsync(context, json =>
        {
            var (status, connection) = (model.Engine.Status, context.Connection);
            json.WriteStartObject();
            json.WriteString("resultType", "vector");
            json.WriteStartArray("result");
            foreach (var (name, value) in ((string, double)[])[("TTFT", telemetry.RecentFirstTokens.Mean), ("TBT", telemetry.RecentGaps.Mean),
                ("waitingInferRequestNum", status.Waiting), ("processingInferRequestNum", status.Running), ("remainBlocks", status.FreePages)])
            {
                json.WriteStartObject();
                json.WriteStartArray("metric");
                json.WriteStartObject();
                json.WriteString("__name__", name);
                json.WriteString("job", "node");
                json.WriteString("instance", $"{connection.LocalIpAddress}:{connection.LocalPort}");
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteString("value", Math.Round(value, 3).ToString(CultureInfo.InvariantCulture));
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }));

        int stopping = 0;
        Get(routes, "/stopService", async context =>
        {
            if (Interlocked.Exchange(ref stopping, 1) == 1)
                throw new ApiException(500, ApiError.Server("The service is stopping already.", "stopping"));
            bool force = string.Equals(context.Request.Query["mode"], "Force", StringComparison.OrdinalIgnoreCase);
            if (!force)
                await model.Engine.DrainAsync(context.RequestAborted);
            context.Response.OnCompleted(() =>
            {
                options.Stop(force);
                return Task.CompletedTask;
            });
        });
    }

    static void Get(IEndpointRouteBuilder routes, string path, RequestDelegate handle) => routes.MapGet(path, handle).WithMetadata(TypedErrors.MindIe, Plane.Management);

    static void GetPublic(IEndpointRouteBuilder routes, string path, RequestDelegate handle) =>
        routes.MapGet(path, handle).WithMetadata(TypedErrors.MindIe, Plane.Management, PublicRoute.Instance);

    static long Gigabytes(long bytes) => (bytes + (1L << 30) - 1) >> 30;

    static async Task ReadyAsync(HttpContext context, Readiness readiness)
    {
        var state = await readiness.ReadyAsync(context.RequestAborted);
        if (state is not ReadyState.Ready)
            await MessageAsync(context, 503, state);
    }

    static async Task TimedAsync(HttpContext context, Readiness readiness, int seconds)
    {
        var state = await readiness.ProbeAsync(TimeSpan.FromSeconds(seconds), context.RequestAborted);
        if (state is not ReadyState.Ready)
            context.Response.StatusCode = 503;
        await JsonResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("status", state is ReadyState.Ready ? "healthy" : "unhealthy");
            if (state is not ReadyState.Ready)
                json.WriteString("message", Readiness.Explain(state));
            json.WriteEndObject();
        });
    }

    static Task MessageAsync(HttpContext context, int status, ReadyState state)
    {
        context.Response.StatusCode = status;
        return JsonResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            if (state is ReadyState.Stopping)
            {
                json.WriteString("error", "The service has been stopped.");
                json.WriteString("error_type", "Service Unavailable");
            }
            else
                json.WriteString("message", Readiness.Explain(state));
            json.WriteEndObject();
        });
    }

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
            "ready" => ReadyAsync(context, readiness),
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
                json.WriteNumber("npu_mem_size", Gigabytes(limits.CacheBytes));
                json.WriteNumber("cpu_mem_size", Gigabytes(limits.SwapBytes));
                json.WriteNumber("world_size", 1);
                json.WriteString("model_weight_path", model.Name);
                json.WriteString("model_instance_type", "Standard");
                json.WriteEndObject();
            }),
            _ => throw new ApiException(404, ApiError.Request($"Unknown URL: GET {context.Request.Path}; of a model there are /config, /ready and /getSlotCount.", null, "unknown_url")),
        };
    }

    static Task StatusAsync(HttpContext context, ITextModel model, Readiness readiness, bool wide) => JsonResponse.WriteAsync(context, json =>
    {
        var (limits, status) = (model.Engine.Limits, model.Engine.Status);
        int freeSlots = Math.Max(0, limits.MaxSequences - status.Running);
        json.WriteStartObject();
        json.WriteStartObject("service");
        json.WriteString("roleStatus", readiness.Live() is ReadyState.Ready or ReadyState.Busy ? "RoleReady" : "RoleUnknown");
        json.WriteString("currentRole", "none");
        json.WriteEndObject();
        json.WriteStartObject("resource");
        json.WriteNumber("availSlotsNum", freeSlots);
        json.WriteNumber("availBlockNum", status.FreePages);
        json.WriteNumber("waitingRequestNum", status.Waiting);
        json.WriteNumber("runningRequestNum", status.Running);
        json.WriteNumber("swappedRequestNum", status.Swapped);
        json.WriteNumber("freeNpuBlockNums", status.FreePages);
        json.WriteNumber("freeCpuBlockNums", 0);
        json.WriteNumber("totalNpuBlockNums", status.TotalPages);
        json.WriteNumber("totalCpuBlockNums", 0);
        if (wide)
        {
            json.WriteNumber("totalAvailNpuSlotsNum", freeSlots);
            json.WriteNumber("totalAvailNpuBlockNum", status.FreePages);
            json.WriteNumber("maxAvailNpuBlockNum", status.FreePages);
        }

        json.WriteEndObject();
        json.WriteStartObject("linkStatus");
        json.WriteStartArray("peers");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    });
}
