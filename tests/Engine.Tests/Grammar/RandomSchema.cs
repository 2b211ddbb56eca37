using System.Text.Json.Nodes;
using CsCheck;

namespace EngineTests.Grammar;

/// <summary>Schemas of all supported keywords, some of which describe no value.</summary>
static class RandomSchema
{
    static readonly Gen<JsonNode> s_string = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 6], Pick.Of("", "^[ab]+$", "[0-9]é?", "^a|b$", @"^\d{2,4}$", "^\"x?$"), Pick.Of("", "date", "uuid", "time", "other"),
        (least, more, pattern, format) =>
        {
            var schema = new JsonObject { ["type"] = "string" };
            if (least > 0)
                schema["minLength"] = least;
            if (more < 6)
                schema["maxLength"] = least + more;
            if (pattern != "")
                schema["pattern"] = pattern;
            else if (format != "" && more == 6)
                schema["format"] = format;
            return (JsonNode)schema;
        });

    static readonly Gen<JsonNode> s_number = Gen.Select(Gen.Bool, Gen.Int[-300, 300], Gen.Int[-300, 300], Gen.Int[0, 5], (integer, low, high, form) =>
    {
        var schema = new JsonObject { ["type"] = integer ? "integer" : "number" };
        decimal scale = integer ? 1 : 8;
        if ((form & 1) != 0)
            schema[form > 3 ? "exclusiveMinimum" : "minimum"] = low / scale;
        if ((form & 2) != 0)
            schema["maximum"] = high / scale;
        return (JsonNode)schema;
    });

    static readonly Gen<JsonNode> s_leaf = Gen.OneOf(s_string, s_number, Pick.Of(
        """{"type":"boolean"}""", """{"type":"null"}""", """{"enum":["a",1,null,[true]]}""", """{"const":{"k":"é\n"}}""", """{"type":["integer","null"]}""", "true", """{"$ref":"#/$defs/tree"}""")
        .Select(text => JsonNode.Parse(text)!));

    /// <summary>A document whose <c>$defs</c> holds a recursive schema.</summary>
    public static readonly Gen<string> Any = Gen.Recursive<JsonNode>((depth, inner) => depth > 2 ? s_leaf : Gen.Frequency(
        (3, s_leaf), (2, Array(inner)), (4, Object(inner)), (1, Combined(inner, "anyOf")), (1, Combined(inner, "allOf")))).Select(schema =>
        {
            var root = schema is JsonObject fields ? (JsonObject)fields.DeepClone() : new JsonObject { ["allOf"] = new JsonArray(schema.DeepClone()) };
            root["$defs"] = JsonNode.Parse("""{"tree":{"type":"object","properties":{"v":{"type":"boolean"},"of":{"type":"array","items":{"$ref":"#/$defs/tree"},"maxItems":2}},"required":["v"]}}""");
            return root.ToJsonString();
        });

    static Gen<JsonNode> Array(Gen<JsonNode> inner) => Gen.Select(inner, inner, Gen.Int[0, 2], Gen.Int[0, 3], Gen.Bool, (item, first, least, more, tuple) =>
    {
        var schema = new JsonObject { ["type"] = "array", ["items"] = item.DeepClone() };
        if (tuple)
            schema["prefixItems"] = new JsonArray(first.DeepClone());
        if (least > 0)
            schema["minItems"] = least;
        if (more < 3)
            schema["maxItems"] = least + more;
        return (JsonNode)schema;
    });

    static Gen<JsonNode> Object(Gen<JsonNode> inner) => Gen.Select(inner.Array[0, 4], Gen.Int[0, 15], Gen.Int[0, 3], inner, Gen.Int[0, 7], (values, required, further, patterned, kind) =>
    {
        string[] names = ["a", "ab", "é\"", ""];
        var schema = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject(values.Select((value, i) => KeyValuePair.Create(names[i], (JsonNode?)value.DeepClone()))) };
        schema["required"] = new JsonArray([.. names.Take(values.Length).Where((_, i) => (required >> i & 1) != 0).Select(name => (JsonNode)name)]);
        if (further > 0)
            schema["additionalProperties"] = further switch { 1 => false, 2 => true, _ => new JsonObject { ["type"] = "integer" } };
        if (kind is 1 or 2)
            schema["patternProperties"] = new JsonObject { ["^a"] = patterned.DeepClone(), ["[bc]$"] = kind == 2 ? new JsonObject { ["type"] = "integer" } : true };
        if (kind is 2 or 3)
            schema["propertyNames"] = new JsonObject { ["maxLength"] = 3, ["pattern"] = "^[abc]*$" };
        return (JsonNode)schema;
    });

    static Gen<JsonNode> Combined(Gen<JsonNode> inner, string keyword) =>
        inner.Array[1, 2].Select(parts => (JsonNode)new JsonObject { [keyword] = new JsonArray([.. parts.Select(part => part.DeepClone())]) });
}
