using Kdsl.Dialects;
using Kdsl.Dialects.OpenAi;
using Kdsl.Http;

namespace Kdsl.Management;

/// <summary>Stopping, and what MindIE controls that is not there to be controlled.</summary>
static class ControlRoutes
{
    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, Drain drain, ServerOptions options)
    {
        foreach (string path in (string[])["/v1/role/{role}", "/v2/role/{role}", "/v1/load_lora_adapter", "/v1/unload_lora_adapter", "/v1/engine-server/fault-handling-command"])
        {
            routes.MapPost(path, context => throw new ApiException(StatusCodes.Status501NotImplemented, ApiError.Server(
                $"{context.Request.Path} is not for this server: it prefills and decodes in one process, on one device, without adapters.", "not_implemented"))).WithMetadata(TypedErrors.MindIe);
        }

        int stopping = 0;
        routes.GetManaged("/stopService", async context =>
        {
            if (Interlocked.Exchange(ref stopping, 1) == 1)
                throw new ApiException(500, ApiError.Server("The service is stopping already.", "stopping"));
            bool force = string.Equals(context.Request.Query["mode"], "Force", StringComparison.OrdinalIgnoreCase);
            // Who asked may go away: the service stops all the same.
            if (!force)
                await drain.WaitAsync(context.RequestAborted);
            context.Response.OnCompleted(() =>
            {
                options.Stop(force);
                return Task.CompletedTask;
            });
        });
    }
}
