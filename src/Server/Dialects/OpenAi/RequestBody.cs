using System.Text.Json;
using System.Text.Unicode;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Bytes of a request into JSON, whatever the Content-Type says (curl -d sends a form's); anything that is not valid JSON in valid UTF-8 is refused here.</summary>
static class RequestBody
{
    /// <summary>Deeper nesting is refused: no request of this API needs a fifth of it.</summary>
    const int MaxDepth = 64;

    /// <summary>Reads the body to its end; the size limit is Kestrel's.</summary>
    public static async Task<JsonDocument> ReadAsync(HttpContext context)
    {
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        return Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
    }

    /// <summary>The document over those bytes, which must stay as they are until it is disposed.</summary>
    public static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span.StartsWith("\uFEFF"u8))
            bytes = bytes[3..];
        if (!Utf8.IsValid(bytes.Span))
            throw ApiException.Invalid(null, "The request body is not valid UTF-8.", "invalid_utf8");
        try
        {
            RefuseLoneSurrogates(bytes.Span);
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw ApiException.Invalid(null, $"The request body is not valid JSON: {e.Message}", "invalid_json");
        }
    }

    /// <summary>An escape such as \ud800 alone is valid JSON and no text: reading it later would throw anywhere.</summary>
    static void RefuseLoneSurrogates(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf("\\u"u8) < 0)
            return;
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped)
                continue;
            try
            {
                reader.GetString();
            }
            catch (InvalidOperationException)
            {
                throw ApiException.Invalid(null,
                    $"The request body has half a surrogate pair (\\ud800 to \\udfff alone) in a string that starts at byte {reader.TokenStartIndex}.",
                    "invalid_utf8");
            }
        }
    }
}
