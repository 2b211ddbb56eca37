using System.Text.Json;
using Kdsl.Dialects.OpenAi;
using Kdsl.Dialects.Raw;
using Kdsl.Serving;

namespace Kdsl.Dialects.MindIe;

/// <summary>MindIE's own routes: POST /infer (text or ids), /infer_token (ids), and /v1/tokenizer.</summary>
static class NativeRoutes
{
    const string Inputs = "inputs", Ids = "input_id";

    static readonly IReadOnlyList<string> _fields = [Inputs, Ids, "stream", "parameters"];

    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, RawEndpoint endpoint)
    {
        routes.MapPost("/infer", context => InferAsync(context, model, endpoint, tokens: false)).WithMetadata(TypedErrors.MindIe);
        routes.MapPost("/infer_token", context => InferAsync(context, model, endpoint, tokens: true)).WithMetadata(TypedErrors.MindIe);
        routes.MapPost("/v1/tokenizer", context => TokenizeAsync(context, model)).WithMetadata(TypedErrors.MindIe);
    }

    static async Task InferAsync(HttpContext context, ITextModel model, RawEndpoint endpoint, bool tokens)
    {
        using var body = await RequestBody.ReadAsync(context);
        var fields = JsonFields.Request(body.RootElement);
        var parameters = RawParameters.Parse(fields.Object("parameters") ?? JsonFields.Empty, model, RawParameters.DefaultMaxNewTokens);
        IgnoredFields.Report(context, fields, _fields);
        IgnoredFields.ReportParameters(context, fields);
        bool stream = fields.Flag("stream") ?? false;
        string id = RawRequest.NewId("infer-");
        var request = fields.Array(Ids) is { } ids
            ? new RawRequest(id, "", [.. ids.Select(item => JsonFields.Integer(item.Value, item.Path))], stream, parameters)
            : tokens ? throw ApiException.Missing(Ids)
            : RawRequest.OfText(id, fields.Text(Inputs) ?? throw ApiException.Invalid(Inputs, $"The request has neither '{Inputs}' (a text) nor '{Ids}' (token ids).", "missing_required_parameter"), stream, parameters, model);
        await endpoint.HandleAsync(context, request, new NativeFormat(), tokens ? Ids : Inputs);
    }

    static async Task TokenizeAsync(HttpContext context, ITextModel model)
    {
        using var body = await RequestBody.ReadAsync(context);
        var fields = JsonFields.Request(body.RootElement);
        string text = fields.Text(Inputs) ?? throw ApiException.Missing(Inputs);
        bool decode = fields.Flag("do_decode") ?? true;
        IgnoredFields.Report(context, fields, [Inputs, "do_decode"]);
        int[] ids = model.Encode(text);
        await JsonResponse.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("token_number", ids.Length);
            json.WriteStartArray("tokens");
            foreach (int id in ids)
            {
                if (decode)
                    json.WriteStringValue(System.Text.Encoding.UTF8.GetString(model.Bytes(id)));
                else
                    json.WriteNumberValue(id);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    sealed class NativeFormat : IRawFormat
    {
        public void WriteWhole(Utf8JsonWriter json, RawAnswer answer)
        {
            json.WriteStartObject();
            WriteEnd(json, answer);
            json.WriteEndObject();
        }

        public void WriteStep(Utf8JsonWriter json, RawStep step, RawAnswer answer)
        {
            json.WriteStartObject();
            RawJson.WriteTimes(json, step);
            json.WriteStartObject("token");
            RawJson.WriteIds(json, "id", step.Delta.New.Select(token => token.Id));
            json.WriteString("text", step.Delta.Text);
            json.WriteEndObject();
            if (answer.Finish is not null)
                WriteEnd(json, answer);
            json.WriteEndObject();
        }

        static void WriteEnd(Utf8JsonWriter json, RawAnswer answer)
        {
            json.WriteString("generated_text", answer.Text);
            if (!answer.Request.Parameters.Details)
                return;
            json.WriteStartObject("details");
            json.WriteString("finish_reason", answer.Finish);
            json.WriteNumber("generated_tokens", answer.Tokens.Count);
            RawJson.WriteIds(json, "generated_token_ids", answer.Tokens.Select(token => token.Id));
            RawJson.WriteSeed(json, answer);
            RawJson.WriteSteps(json, answer.Tokens);
            json.WriteEndObject();
        }
    }
}
