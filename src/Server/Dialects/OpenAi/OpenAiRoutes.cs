using Kdsl.Http;
using Kdsl.Serving;

namespace Kdsl.Dialects.OpenAi;

/// <summary>The routes of the OpenAI API, and /health in its style.</summary>
static class OpenAiRoutes
{
    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, Drain drain, ILogger logger)
    {
        var card = new ModelCard(model.Name, DateTimeOffset.UtcNow.ToUnixTimeSeconds(), "kdsl", model.Engine.Limits.ContextLength);

        routes.MapPost("/v1/chat/completions", context => ChatEndpoint.Handle(context, model, logger));
        routes.MapPost("/v1/completions", context => CompletionEndpoint.Handle(context, model, logger));
        routes.MapGet("/v1/models", context => JsonResponse.WriteAsync(context, new ModelList([card]), OpenAiJson.Default.ModelList));
        // A catch-all: names such as Qwen/QwQ-32B have slashes, escaped or not.
        routes.MapGet("/v1/models/{**id}", context =>
        {
            string id = Uri.UnescapeDataString((string)context.Request.RouteValues["id"]!);
            return id == card.Id ? JsonResponse.WriteAsync(context, card, OpenAiJson.Default.ModelCard)
                : throw ApiException.UnknownModel(id, card.Id);
        });
        routes.MapGet("/health", context =>
        {
            var status = model.Engine.Status;
            if (drain.Begun)
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return JsonResponse.WriteAsync(context,
                new Health(drain.Begun ? "stopping" : "ok", model.Name, status.Running, status.Waiting, status.FreePages, status.TotalPages), OpenAiJson.Default.Health);
        }).WithMetadata(PublicRoute.Instance);
    }
}
