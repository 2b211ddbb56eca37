using Kdsl.Dialects.OpenAi;
using Kdsl.Http;

namespace Kdsl.Management;

/// <summary>Whether it lives, whether tokens flow, and whether one is made within a time.</summary>
static class HealthRoutes
{
    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, Readiness readiness)
    {
        routes.GetManaged("/v2/health/live", async context =>
        {
            var state = readiness.Live();
            if (state is ReadyState.Ready)
                return;
            await MessageAsync(context, state is ReadyState.Stopping ? 503 : state is ReadyState.Busy ? 200 : 500, state);
        }).WithMetadata(PublicRoute.Instance);
        routes.GetManaged("/v2/health/ready", context => ReadyAsync(context, readiness)).WithMetadata(PublicRoute.Instance);
        routes.GetManaged("/health/timed", context => TimedAsync(context, readiness, 10));
        routes.GetManaged("/health/timed-{seconds}", context => int.TryParse((string?)context.Request.RouteValues["seconds"], out int seconds) && seconds is >= 1 and <= 600
            ? TimedAsync(context, readiness, seconds)
            : throw new ApiException(404, ApiError.Request($"'/health/timed-{context.Request.RouteValues["seconds"]}': the time is 1 to 600 seconds.", null, "unknown_url")));
    }

    /// <summary>An empty 200 when tokens flow; else 503 and why not.</summary>
    public static async Task ReadyAsync(HttpContext context, Readiness readiness)
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
}
