using Kdsl.Dialects;
using Kdsl.Http;
using Kdsl.Observability;
using Kdsl.Serving;

namespace Kdsl.Management;

/// <summary>What MindIE serves on its management plane, and what names the server and its model: health, state, slots, sizes, control.</summary>
static class ManagementRoutes
{
    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, Readiness readiness, Telemetry telemetry, Drain drain, ServerOptions options)
    {
        HealthRoutes.Map(routes, readiness);
        SizeRoutes.Map(routes, model, options);
        ModelRoutes.Map(routes, model, readiness);
        StateRoutes.Map(routes, model, readiness, telemetry);
        ControlRoutes.Map(routes, drain, options);
    }

    /// <summary>A route for operators, with MindIE's errors.</summary>
    public static IEndpointConventionBuilder GetManaged(this IEndpointRouteBuilder routes, string path, RequestDelegate handle) =>
        routes.MapGet(path, handle).WithMetadata(TypedErrors.MindIe, Plane.Management);

    /// <summary>Memory as MindIE tells it: whole gigabytes, rounded up.</summary>
    public static long Gigabytes(long bytes) => (bytes + (1L << 30) - 1) >> 30;
}
