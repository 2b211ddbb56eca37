using System.Text.Json;
using KernelDsl.Runtime.Grammar;

namespace Kdsl.Dialects.OpenAi;

/// <summary>
/// What the answer must look like: OpenAI's <c>response_format</c>, vLLM's <c>guided_json|regex|choice|grammar</c> and <c>structured_outputs</c>, llama.cpp's and SGLang's
/// <c>json_schema</c>, SGLang's <c>regex</c> and <c>ebnf</c>, llama.cpp's <c>grammar</c>, TGI's <c>grammar</c>.
/// </summary>
/// <param name="Param">The request's parameter, for errors.</param>
/// <param name="Key">Equal for equal formats.</param>
/// <param name="Schema">The JSON Schema, where it is one.</param>
/// <param name="Grammar">Compiles it.</param>
sealed record OutputFormat(string Param, string Key, JsonElement? Schema, Func<RuleSet> Grammar)
{
    // Beside response_format: llama.cpp's and SGLang's schema, SGLang's pattern, and what each calls a grammar.
    const string BareSchema = "json_schema", BareRegex = "regex";
    static readonly string[] _bareGrammars = ["grammar", "ebnf"];

    /// <summary>Names of its fields.</summary>
    public static readonly IReadOnlyList<string> Fields =
        ["guided_json", "guided_regex", "guided_choice", "guided_grammar", "structured_outputs", "response_format", BareSchema, BareRegex, .. _bareGrammars];

    /// <summary>Reads it; null: any text.</summary>
    /// <exception cref="ApiException">It is malformed, or there are two.</exception>
    public static OutputFormat? Read(JsonFields fields)
    {
        var formats = Guided(fields, "guided_").ToList();
        if (fields.Object("structured_outputs") is { } structured)
            formats.AddRange(Guided(structured, ""));
        if (fields.Object("response_format") is { } format && OfResponse(format) is { } asked)
            formats.Add(asked);
        if (fields.TryGet(BareSchema, out var schema))
            formats.Add(Json(fields.Path(BareSchema), schema));
        if (fields.Text(BareRegex) is { } regex)
            formats.Add(Regex(fields.Path(BareRegex), regex));
        foreach (string name in _bareGrammars)
        {
            if (fields.Text(name) is { } grammar)
                formats.Add(Gbnf(fields.Path(name), grammar));
        }

        return formats.Count <= 1 ? formats.FirstOrDefault()
            : throw ApiException.Invalid(formats[1].Param, $"'{formats[1].Param}' and '{formats[0].Param}' are both given; only one of them is allowed.");
    }

    /// <summary>TGI's <c>grammar</c> among the parameters of a raw text; null: any text.</summary>
    /// <exception cref="ApiException">It is malformed.</exception>
    public static OutputFormat? ReadGrammar(JsonFields parameters) => parameters.Object("grammar") is { } grammar ? OfResponse(grammar) : null;

    static OutputFormat? OfResponse(JsonFields format)
    {
        string at = format.Path("type");
        switch (format.Text("type") ?? throw ApiException.Missing(at))
        {
            case "text":
                return null;
            case "json_object" or "json":
                return Beside(format, "schema") ?? Beside(format, "value") ?? AnyObject(at);
            case "json_schema" when (format.Object("json_schema") ?? format.Object("value")) is { } named:
                return Beside(named, "schema") ?? AnyObject(at);
            case "json_schema":
                return Beside(format, "schema") ?? throw ApiException.Missing(format.Path("json_schema"));
            case "regex":
                return Regex(format.Path("value"), format.Text("value") ?? throw ApiException.Missing(format.Path("value")));
            case var other:
                throw ApiException.Invalid(at, $"'{at}' is '{other}'; allowed are text, json_object, json_schema, and of TGI json and regex.");
        }
    }

    /// <summary>A schema where clients of llama.cpp and SGLang (<c>schema</c>) or TGI (<c>value</c>) put it: beside the type.</summary>
    static OutputFormat? Beside(JsonFields format, string name) => format.TryGet(name, out var schema) ? Json(format.Path(name), schema) : null;

    static OutputFormat AnyObject(string at) => new(at, "object", null, Grammars.OfJsonObject);

    static OutputFormat Regex(string at, string pattern) => new(at, "regex " + pattern, null, () => Grammars.OfRegex(pattern));

    static IEnumerable<OutputFormat> Guided(JsonFields fields, string prefix)
    {
        if (fields.TryGet(prefix + "json", out var json))
            yield return Json(fields.Path(prefix + "json"), json);
        if (fields.Text(prefix + "regex") is { } regex)
            yield return Regex(fields.Path(prefix + "regex"), regex);
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
