using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kdsl.Dialects.OpenAi;

/// <summary>A whole JSON answer.</summary>
static class JsonResponse
{
    /// <summary>Writes it with its length, so that the connection can be kept.</summary>
    public static Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        WriteAsync(context, json => JsonSerializer.Serialize(json, value, type));

    /// <summary>The same of what is written by hand.</summary>
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        using var body = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(body, OpenAiJson.Writing))
            write(writer);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }
}
