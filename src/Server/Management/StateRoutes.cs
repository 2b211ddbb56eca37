using System.Globalization;
using Kdsl.Dialects.OpenAi;
using Kdsl.Observability;
using Kdsl.Serving;

namespace Kdsl.Management;

/// <summary>What runs and waits now, and how fast it has gone lately.</summary>
static class StateRoutes
{
    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, Readiness readiness, Telemetry telemetry)
    {
        routes.GetManaged("/v1/status", context => StatusAsync(context, model, readiness, wide: false));
        routes.GetManaged("/v2/status", context => StatusAsync(context, model, readiness, wide: true));
        routes.GetManaged("/metrics-json", context => JsonResponse.WriteAsync(context, json =>
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
