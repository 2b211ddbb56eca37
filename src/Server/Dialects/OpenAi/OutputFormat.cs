using System.Text.Json;
using KernelDsl.Runtime.Grammar;

namespace Kdsl.Dialects.OpenAi;

/// <summary>
/// What the answer must look like: OpenAI's <c>response_format</c>, vLLM's <c>guided_json|regex|choice|grammar</c> and <c>structured_outputs</c>,
/// llama.cpp's <c>json_schema</c> and <c>grammar</c>.
/// </summary>
/// <param name="Param">The request's parameter, for errors.</param>
/// <param name="Key">Equal for equal formats.</param>
/// <param name="Schema">The JSON Schema, where it is one.</param>
/// <param name="Grammar">Compiles it.</param>
sealed record OutputFormat(string Param, string Key, JsonElement? Schema, Func<RuleSet> Grammar)
{
    /// <summary>Reads it; null: any text.</summary>
    /// <exception cref="ApiException">It is malformed, or there are two.</exception>
    public static OutputFormat? Read(JsonFields fields)
    {
        var formats = Guided(fields, "guided_").ToList();
        if (fields.Object("structured_outputs") is { } structured)
            formats.AddRange(Guided(structured, ""));
        if (fields.TryGet("json_schema", out var schema))
            formats.Add(Json("json_schema", schema));
        if (fields.Text("grammar") is { } grammar)
            formats.Add(Gbnf("grammar", grammar));
        if (fields.Object("response_format") is { } format && OfResponse(format) is { } asked)
            formats.Add(asked);
        return formats.Count <= 1 ? formats.FirstOrDefault()
            : throw ApiException.Invalid(formats[1].Param, $"'{formats[1].Param}' and '{formats[0].Param}' are both given; only one of them is allowed.");
    }

    static OutputFormat? OfResponse(JsonFields format)
    {
        string at = format.Path("type");
        switch (format.Text("type") ?? throw ApiException.Missing(at))
        {
            case "text":
                return null;
            case "json_object":
                // llama.cpp's clients put a schema beside it.
                return format.TryGet("schema", out var beside) ? Json(format.Path("schema"), beside) : new(at, "object", null, Grammars.OfJsonObject);
            case "json_schema":
                var named = format.Object("json_schema") ?? throw ApiException.Missing(format.Path("json_schema"));
                return named.TryGet("schema", out var schema) ? Json(named.Path("schema"), schema) : new(at, "object", null, Grammars.OfJsonObject);
            case var other:
                throw ApiException.Invalid(at, $"'{at}' is '{other}'; allowed are text, json_object and json_schema.");
        }
    }

    static IEnumerable<OutputFormat> Guided(JsonFields fields, string prefix)
    {
        if (fields.TryGet(prefix + "json", out var json))
            yield return Json(fields.Path(prefix + "json"), json);
        if (fields.Text(prefix + "regex") is { } regex)
            yield return new(fields.Path(prefix + "regex"), "regex " + regex, null, () => Grammars.OfRegex(regex));
        if (fields.Array(prefix + "choice") is { } items)
        {
            string at = fields.Path(prefix + "choice");
            string[] choices = [.. items.Select(item => item.Value.ValueKind == JsonValueKind.String ? item.Value.GetString()! : throw JsonFields.Wrong(item.Path, "a string", item.Value))];
            if (choices.Length == 0)
                throw ApiException.Invalid(at, $"'{at}' is empty; it must hold at least one text.");
            yield return new(at, "choice " + string.Join('\0', choices), null, () => Grammars.OfChoice(choices));
        }

        if (fields.Text(prefix + "grammar") is { } grammar)
            yield return Gbnf(fields.Path(prefix + "grammar"), grammar);
    }

    static OutputFormat Gbnf(string at, string grammar) => new(at, "gbnf " + grammar, null, () => Grammars.OfGbnf(grammar));

    /// <summary>A schema as JSON, or as a string that holds JSON.</summary>
    static OutputFormat Json(string at, JsonElement schema)
    {
        if (schema.ValueKind == JsonValueKind.String)
        {
            try
            {
                schema = RequestBody.Parse(System.Text.Encoding.UTF8.GetBytes(schema.GetString()!)).RootElement;
            }
            catch (ApiException e)
            {
                throw ApiException.Invalid(at, $"'{at}' must be a JSON Schema, or a string that holds one. {e.Message}");
            }
        }

        if (schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True))
            throw JsonFields.Wrong(at, "a JSON Schema", schema);
        // The request's document is disposed before the answer is.
        var kept = schema.Clone();
        return new(at, "schema " + kept.GetRawText(), kept, () => Grammars.OfSchema(kept));
    }
}
