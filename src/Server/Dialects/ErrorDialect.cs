using System.Text.Json;
using Kdsl.Dialects.OpenAi;

namespace Kdsl.Dialects;

/// <summary>How a family of routes tells errors; its routes carry it as metadata. Routes without one speak OpenAI's.</summary>
abstract class ErrorDialect
{
    /// <summary>HTTP status of an error whose status in the OpenAI API is given.</summary>
    public virtual int Status(int status) => status;

    /// <summary>Writes the body.</summary>
    /// <param name="status">As <see cref="Status"/> gave it.</param>
    public abstract void Write(Utf8JsonWriter json, int status, ApiError error);

    /// <summary>The dialect of the route that a request has reached; OpenAI's where none was.</summary>
    public static ErrorDialect Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<ErrorDialect>() ?? OpenAiErrors.Instance;
}

/// <summary><c>{"error":{"message","type","param","code"}}</c>.</summary>
sealed class OpenAiErrors : ErrorDialect
{
    /// <summary>The only one.</summary>
    public static readonly OpenAiErrors Instance = new();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json, int status, ApiError error) => JsonSerializer.Serialize(json, new ApiErrorBody(error), OpenAiJson.Default.ApiErrorBody);
}

/// <summary>
/// <c>{"error","error_type"}</c>, of TGI and of MindIE: they differ in the words of the type only. TGI's clients choose their exceptions by the word.
/// </summary>
/// <param name="words">The type of each status.</param>
sealed class TypedErrors(IReadOnlyDictionary<int, string> words) : ErrorDialect
{
    /// <summary>TGI's (router/src/infer/mod.rs, server.rs).</summary>
    public static readonly TypedErrors Tgi = new(new Dictionary<int, string>
    {
        [404] = "not_found", [413] = "validation", [422] = "validation", [424] = "generation", [429] = "overloaded", [500] = "incomplete_generation", [503] = "healthcheck",
        // No word of TGI's: its clients then go by the status.
        [504] = "timeout",
    });

    /// <summary>MindIE's (src/server/endpoint/http_wrapper/http_rest_resource.cpp).</summary>
    public static readonly TypedErrors MindIe = new(new Dictionary<int, string>
    {
        [400] = "Bad Request", [404] = "NotFoundError", [413] = "Input Validation Error", [422] = "Input Validation Error", [424] = "Generation Error", [429] = "Service Unavailable",
        [500] = "Incomplete Generation", [503] = "Service Unavailable",
    });

    /// <inheritdoc/>
    public override int Status(int status) => status == StatusCodes.Status400BadRequest ? StatusCodes.Status422UnprocessableEntity : status;

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json, int status, ApiError error)
    {
        json.WriteStartObject();
        json.WriteString("error", error.Message);
        json.WriteString("error_type", words.GetValueOrDefault(status) ?? words[500]);
        json.WriteEndObject();
    }
}

/// <summary><c>{"error"}</c>, of the KServe v2 protocol.</summary>
sealed class KServeErrors : ErrorDialect
{
    /// <summary>The only one.</summary>
    public static readonly KServeErrors Instance = new();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter json, int status, ApiError error)
    {
        json.WriteStartObject();
        json.WriteString("error", error.Message);
        json.WriteEndObject();
    }
}
