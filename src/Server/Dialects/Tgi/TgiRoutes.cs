using Kdsl.Dialects.OpenAi;
using Kdsl.Dialects.Raw;
using Kdsl.Dialects.Vllm;
using Kdsl.Serving;

namespace Kdsl.Dialects.Tgi;

/// <summary>
/// POST /, /generate and /generate_stream. <c>/generate</c> speaks vLLM when the body has <c>prompt</c>, as in MindIE; <c>/generate_stream</c> streams whatever <c>stream</c> says.
/// </summary>
static class TgiRoutes
{
    const string Inputs = "inputs";

    static readonly IReadOnlyList<string> _fields = [Inputs, "parameters", "stream"];

    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, RawEndpoint endpoint)
    {
        routes.MapPost("/", context => HandleAsync(context, model, endpoint, new TgiFormat(array: true), stream: null)).WithMetadata(TypedErrors.Tgi);
        routes.MapPost("/generate_stream", context => HandleAsync(context, model, endpoint, new TgiFormat(array: false), stream: true)).WithMetadata(TypedErrors.Tgi);
        routes.MapPost("/generate", async context =>
        {
            using var body = await RequestBody.ReadAsync(context);
            var fields = JsonFields.Request(body.RootElement);
            await (fields.TryGet(VllmRequest.Prompt, out _)
                ? VllmRequest.HandleAsync(context, fields, model, endpoint)
                : HandleAsync(context, fields, model, endpoint, new TgiFormat(array: false), stream: false));
        }).WithMetadata(TypedErrors.Tgi);
    }

    static async Task HandleAsync(HttpContext context, ITextModel model, RawEndpoint endpoint, TgiFormat format, bool? stream)
    {
        using var body = await RequestBody.ReadAsync(context);
        await HandleAsync(context, JsonFields.Request(body.RootElement), model, endpoint, format, stream);
    }

    static Task HandleAsync(HttpContext context, JsonFields fields, ITextModel model, RawEndpoint endpoint, TgiFormat format, bool? stream)
    {
        string text = fields.Text(Inputs) ?? throw ApiException.Missing(Inputs);
        var parameters = RawParameters.Parse(fields.Object("parameters") ?? JsonFields.Empty, model, RawParameters.DefaultMaxNewTokens);
        IgnoredFields.Report(context, fields, _fields, stream is null ? [] : ["stream"]);
        IgnoredFields.ReportParameters(context, fields);
        var request = RawRequest.OfText(RawRequest.NewId("tgi-"), text, stream ?? fields.Flag("stream") ?? false, parameters, model);
        return endpoint.HandleAsync(context, request, format, Inputs);
    }
}
