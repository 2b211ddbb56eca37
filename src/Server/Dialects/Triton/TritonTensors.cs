using System.Text.Json;
using Kdsl.Dialects.OpenAi;
using Kdsl.Dialects.Raw;

namespace Kdsl.Dialects.Triton;

/// <summary>Token ids as tensors of the KServe v2 protocol: one input and one output, UINT32 [1, n].</summary>
/// <param name="name">What the client calls the output.</param>
sealed class TritonTensors(string name) : IRawFormat
{
    const string Inputs = "inputs", Outputs = "outputs", DataType = "UINT32";

    /// <summary>The ids of the one input.</summary>
    public static int[] Read(JsonFields fields)
    {
        var inputs = fields.Array(Inputs) ?? throw ApiException.Missing(Inputs);
        if (inputs.Count != 1)
            throw ApiException.Invalid(Inputs, $"'{Inputs}' has {inputs.Count} tensors; it must have one, the token ids.");
        var tensor = JsonFields.Object(inputs[0].Value, inputs[0].Path);
        if (tensor.Text("datatype") is { } type && type != DataType)
            throw ApiException.Invalid(tensor.Path("datatype"), $"'{tensor.Path("datatype")}' is '{type}'; token ids are {DataType}.");
        var data = tensor.Array("data") ?? throw ApiException.Missing(tensor.Path("data"));
        int[] ids = [.. data.Select(item => JsonFields.Integer(item.Value, item.Path))];
        if (tensor.Array("shape") is { } shape && shape.Select(item => JsonFields.Integer(item.Value, item.Path)).ToArray() is var sizes && !sizes.SequenceEqual([1, ids.Length]) && !sizes.SequenceEqual([ids.Length]))
            throw ApiException.Invalid(tensor.Path("shape"), $"'{tensor.Path("shape")}' is [{string.Join(", ", sizes)}]; {ids.Length} ids have the shape [1, {ids.Length}].");
        return ids;
    }

    /// <summary>What the client calls the output; MindIE's name where it says nothing.</summary>
    public static string OutputName(JsonFields fields) =>
        fields.Array(Outputs) is [var first, ..] ? JsonFields.Object(first.Value, first.Path).Text("name") ?? "output0" : "output0";

    /// <inheritdoc/>
    public void WriteWhole(Utf8JsonWriter json, RawAnswer answer)
    {
        json.WriteStartObject();
        json.WriteString("id", answer.Request.Id);
        json.WriteStartArray(Outputs);
        json.WriteStartObject();
        json.WriteString("name", name);
        json.WriteStartArray("shape");
        json.WriteNumberValue(1);
        json.WriteNumberValue(answer.Tokens.Count);
        json.WriteEndArray();
        json.WriteString("datatype", DataType);
        RawJson.WriteIds(json, "data", answer.Tokens.Select(token => token.Id));
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    public void WriteStep(Utf8JsonWriter json, RawStep step, RawAnswer answer) => throw new NotSupportedException("Tensors are not streamed.");
}
