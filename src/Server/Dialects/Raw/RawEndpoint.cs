using System.Buffers;
using System.Text.Json;
using Kdsl.Dialects.OpenAi;
using Kdsl.Serving;

namespace Kdsl.Dialects.Raw;

/// <summary>Answers a <see cref="RawRequest"/> in any of the dialects that continue raw text.</summary>
sealed class RawEndpoint(ITextModel model, RunningRequests running, ILogger logger)
{
    /// <summary>Answers one request.</summary>
    /// <param name="promptParam">What the route calls the prompt, for errors.</param>
    public async Task HandleAsync(HttpContext context, RawRequest request, IRawFormat format, string promptParam)
    {
        request = request with { Prompt = PromptLimit.Apply(context, model.Engine.Limits, request.Prompt, promptParam) };
        using var choices = Submission.Submit(context, model, [request.Parameters.Generation with { Id = request.Id, Prompt = request.Prompt }], request.Parameters.Stops, promptParam);
        using var entry = running.Enter(request.Id, choices.Dispose);
        var answer = new RawAnswer(request, model);
        if (request.Stream)
            await StreamAsync(context, choices[0], answer, format);
        else
            await WholeAsync(context, choices[0], answer, format);
    }

    static async Task WholeAsync(HttpContext context, TextGeneration generation, RawAnswer answer, IRawFormat format)
    {
        try
        {
            await foreach (var delta in generation.ReadAsync(context.RequestAborted))
                answer.Add(delta, generation);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            answer.Stop();
        }

        await JsonResponse.WriteAsync(context, json => format.WriteWhole(json, answer));
    }

    async Task StreamAsync(HttpContext context, TextGeneration generation, RawAnswer answer, IRawFormat format)
    {
        EventStream.SetHeaders(context, format.StreamType);
        var pipe = context.Response.BodyWriter;
        using var json = new Utf8JsonWriter(pipe, OpenAiJson.Writing);
        try
        {
            await foreach (var delta in generation.ReadAsync(context.RequestAborted))
            {
                var step = answer.Add(delta, generation);
                await SendAsync(() => format.WriteStep(json, step, answer));
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            answer.Stop();
            await SendAsync(() => format.WriteStep(json, new RawStep(new TextDelta("", answer.Tokens.Count, [], null, null, null), 0, false), answer));
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested && context.Response.HasStarted)
        {
            // The status is out: the error becomes the last event.
            var (status, error) = ErrorHandling.Translate(e, logger);
            var dialect = ErrorDialect.Of(context);
            await SendAsync(() => dialect.Write(json, dialect.Status(status), error));
        }

        async ValueTask SendAsync(Action write)
        {
            pipe.Write(format.Before);
            json.Reset();
            write();
            json.Flush();
            pipe.Write(format.After);
            await pipe.FlushAsync(context.RequestAborted);
        }
    }
}
