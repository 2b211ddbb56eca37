using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Kdsl.Dialects.OpenAi;

/// <summary>A whole JSON answer.</summary>
static class JsonResponse
{
    /// <summary>Writes it with its length, so that the connection can be kept.</summary>
    public static async Task WriteAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type)
    {
        using var body = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(body, OpenAiJson.Writing))
            JsonSerializer.Serialize(writer, value, type);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length), context.RequestAborted);
    }
}
