using Kdsl.Dialects.OpenAi;
using Kdsl.Dialects.Raw;
using Kdsl.Serving;

namespace Kdsl.Dialects.Triton;

/// <summary>The KServe v2 protocol with Triton's generate extension, as MindIE has it: <c>/v2/models/{model}/generate</c>, <c>generate_stream</c>, <c>infer</c>, <c>stopInfer</c>.</summary>
static class TritonRoutes
{
    const string Text = "text_input";

    static readonly IReadOnlyList<string> _fields = ["id", Text, "parameters"], _inferFields = ["id", "inputs", "outputs", "parameters"];

    /// <summary>Adds them.</summary>
    public static void Map(IEndpointRouteBuilder routes, ITextModel model, RawEndpoint endpoint, RunningRequests running)
    {
        // Names have slashes, escaped or not: the last part is the verb.
        routes.MapPost("/v2/models/{**path}", context =>
        {
            string path = Uri.UnescapeDataString((string?)context.Request.RouteValues["path"] ?? "");
            int verb = path.LastIndexOf('/');
            string name = verb < 0 ? path : path[..verb];
            // A version may stand between them; there is one.
            if (name.LastIndexOf("/versions/", StringComparison.Ordinal) is > 0 and var version)
                name = name[..version];
            if (name != model.Name)
                throw ApiException.UnknownModel(name, model.Name);
            return path[(verb + 1)..] switch
            {
                "generate" => GenerateAsync(context, model, endpoint, stream: false),
                "generate_stream" => GenerateAsync(context, model, endpoint, stream: true),
                "infer" => InferAsync(context, model, endpoint),
                "stopInfer" => StopAsync(context, running),
                var other => throw new ApiException(StatusCodes.Status404NotFound, ApiError.Request(
                    $"'{other}' is not done to models here; POST generate, generate_stream, infer or stopInfer.", null, "unknown_url")),
            };
        }).WithMetadata(TypedErrors.MindIe);
    }

    static async Task GenerateAsync(HttpContext context, ITextModel model, RawEndpoint endpoint, bool stream)
    {
        using var body = await RequestBody.ReadAsync(context);
        var fields = JsonFields.Request(body.RootElement);
        string text = fields.Text(Text) ?? throw ApiException.Missing(Text);
        var parameters = RawParameters.Parse(fields.Object("parameters") ?? JsonFields.Empty, model, RawParameters.DefaultMaxNewTokens);
        IgnoredFields.Report(context, fields, _fields);
        IgnoredFields.ReportParameters(context, fields);
        var request = RawRequest.OfText(fields.Text("id") ?? RawRequest.NewId("triton-"), text, stream, parameters, model);
        await endpoint.HandleAsync(context, request, new TritonTextFormat(), Text);
    }

    static async Task InferAsync(HttpContext context, ITextModel model, RawEndpoint endpoint)
    {
        using var body = await RequestBody.ReadAsync(context);
        var fields = JsonFields.Request(body.RootElement);
        var parameters = RawParameters.Parse(fields.Object("parameters") ?? JsonFields.Empty, model, RawParameters.DefaultMaxNewTokens);
        var prompt = TritonTensors.Read(fields);
        IgnoredFields.Report(context, fields, _inferFields);
        IgnoredFields.ReportParameters(context, fields);
        var request = new RawRequest(fields.Text("id") ?? RawRequest.NewId("triton-"), "", prompt, false, parameters);
        await endpoint.HandleAsync(context, request, new TritonTensors(TritonTensors.OutputName(fields)), "inputs[0].data");
    }

    static async Task StopAsync(HttpContext context, RunningRequests running)
    {
        using var body = await RequestBody.ReadAsync(context);
        string id = JsonFields.Request(body.RootElement).Text("id") ?? throw ApiException.Missing("id");
        if (!running.Cancel(id))
            throw new ApiException(StatusCodes.Status404NotFound, ApiError.Request($"No request with the id '{id}' is running.", "id", "not_found"));
        await JsonResponse.WriteAsync(context, body.RootElement.WriteTo);
    }
}
