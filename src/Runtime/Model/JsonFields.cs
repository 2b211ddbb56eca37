using System.Text.Json;

namespace KernelDsl.Runtime.Model;

/// <summary>A JSON object of settings whose fields are read with their type and range; every fault names the file, the field and the value.</summary>
readonly struct JsonFields
{
    private const int LongestValue = 80;

    private readonly JsonElement _object;

    private JsonFields(string file, string prefix, JsonElement o) => (File, _prefix, _object) = (file, prefix, o);

    private readonly string _prefix;

    /// <summary>The file, as messages call it.</summary>
    public string File { get; }

    /// <summary>Names of the fields that are there.</summary>
    public IEnumerable<string> Names => _object.EnumerateObject().Select(static p => p.Name);

    /// <summary>Parses a file; the object outlives the bytes.</summary>
    /// <exception cref="ModelException">Not JSON, or not an object.</exception>
    public static JsonFields Parse(string file, ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new ModelException(file, $"is {Describe(document.RootElement)}; it must be a JSON object");
            // Half a surrogate pair is found only when a string is read: read the names now.
            foreach (var property in document.RootElement.EnumerateObject()) _ = property.Name;
            return new(file, "", document.RootElement.Clone());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ModelException(file, $"is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>Whether the field is there and not null.</summary>
    public bool Has(string field) => Find(field) != null;

    /// <summary>An object within; null where it is absent or null.</summary>
    public JsonFields? Object(string field) => Find(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } o => new JsonFields(File, $"{_prefix}{field}.", o),
        { } other => throw Fault(field, Describe(other), "an object"),
    };

    /// <summary>An integer within a range; the default where it is absent; required where there is no default.</summary>
    public int Int(string field, int least, int most, int? byDefault = null)
    {
        if (Find(field) is not { } value) return byDefault ?? throw Missing(field, $"an integer from {least} to {most}");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int i) && i >= least && i <= most
            ? i
            : throw Fault(field, Describe(value), $"an integer from {least} to {most}");
    }

    /// <summary>A finite number within a range; the default where it is absent; required where there is no default.</summary>
    public double Number(string field, double least, double most, double? byDefault = null)
    {
        if (Find(field) is not { } value) return byDefault ?? throw Missing(field, $"a number from {least} to {most}");
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double d) && d >= least && d <= most
            ? d
            : throw Fault(field, Describe(value), $"a number from {least} to {most}");
    }

    /// <summary>True or false; the default where it is absent.</summary>
    public bool Bool(string field, bool byDefault) => Find(field) switch
    {
        null => byDefault,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } other => throw Fault(field, Describe(other), "true or false"),
    };

    /// <summary>A string; null where it is absent.</summary>
    public string? String(string field) => Find(field) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } s => TextOf(field, s),
        { } other => throw Fault(field, Describe(other), "a string"),
    };

    /// <summary>A list of strings; null where it is absent.</summary>
    public IReadOnlyList<string>? Strings(string field)
    {
        if (Find(field) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(static e => e.ValueKind != JsonValueKind.String))
            throw Fault(field, Describe(value), "a list of strings");
        var list = new List<string>();
        foreach (var element in value.EnumerateArray()) list.Add(TextOf(field, element));
        return list;
    }

    /// <summary>One integer or a list of them, each within a range; none where it is absent.</summary>
    public IReadOnlyList<int> IntOrInts(string field, int least, int most)
    {
        if (Find(field) is not { } value) return [];
        var list = new List<int>();
        foreach (var element in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt32(out int i) || i < least || i > most)
                throw Fault(field, Describe(element), $"an integer from {least} to {most}, or a list of such");
            list.Add(i);
        }
        return list;
    }

    /// <summary>A value that this field may not have.</summary>
    public ModelException Fault(string field, string value, string allowed) => new(File, $"{_prefix}{field} is {value}; it must be {allowed}");

    private ModelException Missing(string field, string allowed) => new(File, $"{_prefix}{field} is missing; it must be {allowed}");

    private JsonElement? Find(string field) =>
        _object.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private string TextOf(string field, JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new ModelException(File, $"{_prefix}{field} is not valid text: {e.Message}", e);
        }
    }

    private static string Describe(JsonElement value)
    {
        if (value.ValueKind is JsonValueKind.Object) return "an object";
        if (value.ValueKind is JsonValueKind.Array) return "a list";
        var raw = value.GetRawText();
        return raw.Length > LongestValue ? string.Concat(raw.AsSpan(0, LongestValue), "…") : raw;
    }
}
