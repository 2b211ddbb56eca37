using System.Globalization;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Turns whatever goes wrong in a request into an error in the dialect of its route, so that no client ever reads an empty or foreign body.</summary>
static class ErrorHandling
{
    /// <summary>The outermost middleware.</summary>
    public static async Task Run(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
            if (!context.Response.HasStarted && Explain(context) is { } error)
                await WriteAsync(context, context.Response.StatusCode, error);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to read an answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            var (status, error) = Translate(e, logger);
            if (e is GenerationException { RetryAfter: { } wait })
                context.Response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            await WriteAsync(context, status, error);
        }
    }

    /// <summary>Status and error of an exception; what nobody foresaw is logged, and told to the client without its details.</summary>
    public static (int Status, ApiError Error) Translate(Exception e, ILogger logger)
    {
        switch (e)
        {
            case ApiException api:
                return (api.Status, api.Error);
            case GenerationException { Error: GenerationError.EngineStopped }:
                return (StatusCodes.Status503ServiceUnavailable, ApiError.Server("The server is shutting down.", "shutting_down"));
            case GenerationException { Error: GenerationError.Overloaded } overload:
                return (StatusCodes.Status429TooManyRequests, new ApiError(overload.Message, "rate_limit_error", null, "overloaded"));
            case GenerationException { Error: GenerationError.TimedOut } late:
                return (StatusCodes.Status504GatewayTimeout, ApiError.Server(late.Message, "timeout"));
            case GenerationException generation:
                logger.LogError(generation, "generation failed");
                return (StatusCodes.Status500InternalServerError, ApiError.Server(generation.Message, "generation_failed"));
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large:
                return (large.StatusCode, ApiError.Request($"{large.Message} The limit is set by --max-request-bytes.", null, "request_too_large"));
            case BadHttpRequestException bad:
                return (bad.StatusCode, ApiError.Request(bad.Message, null, "bad_request"));
            default:
                logger.LogError(e, "request failed");
                return (StatusCodes.Status500InternalServerError, ApiError.Server("The server had an error while processing the request.", "internal_error"));
        }
    }

    /// <summary>Routing answers without a body when no route fits; these are the bodies.</summary>
    static ApiError? Explain(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => ApiError.Request(
            $"Unknown URL: {context.Request.Method} {context.Request.Path}.", null, "unknown_url"),
        StatusCodes.Status405MethodNotAllowed => ApiError.Request(
            $"{context.Request.Method} is not allowed on {context.Request.Path}; allowed: {context.Response.Headers.Allow}.", null, "method_not_allowed"),
        _ => null,
    };

    static Task WriteAsync(HttpContext context, int status, ApiError error)
    {
        var dialect = ErrorDialect.Of(context);
        context.Response.StatusCode = dialect.Status(status);
        return JsonResponse.WriteAsync(context, json => dialect.Write(json, context.Response.StatusCode, error));
    }
}
