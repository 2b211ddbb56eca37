using System.Diagnostics;
using System.Text.Json;
using Kdsl.Bench.Serving.Load;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>A model in this process, without HTTP: --TestType engine.</summary>
sealed class EngineTarget(LoadedModel model, SamplingFields sampling) : ITarget
{
    readonly SamplingOptions _sampling = Read(model.Sampling, sampling);

    /// <inheritdoc/>
    public bool Streams => true;

    /// <inheritdoc/>
    public async Task AskAsync(BenchRequest request, RequestTrace trace, CancellationToken cancellation)
    {
        trace.Send();
        IGeneration? generation = null;
        try
        {
            generation = model.Engine.Submit(new GenerationRequest
            {
                Id = request.Item.Id,
                Prompt = request.Tokens.ToArray(),
                MaxTokens = request.MaxTokens,
                Sampling = _sampling,
                StopTokens = model.StopTokens,
                IgnoreStop = request.IgnoreStop,
            });
            var decoder = model.NewDecoder();
            await foreach (var token in generation.Tokens.ReadAllAsync(cancellation))
            {
                string text = token.Finish is FinishReason.Stop ? "" : decoder.Append(token.Id);
                trace.Add(new Chunk(token.Finish is null ? text : text + decoder.Flush())
                {
                    Arrived = Stopwatch.GetTimestamp(),
                    Tokens = 1,
                    Finish = token.Finish switch { null => null, FinishReason.Length => "length", _ => "stop" },
                });
            }
        }
        catch (Exception e) when (e is RequestException or GenerationException)
        {
            throw new RequestFailedException(Json.OneLine(e.Message), e);
        }
        finally
        {
            generation?.Cancel();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => model.DisposeAsync();

    static SamplingOptions Read(SamplingOptions defaults, SamplingFields fields)
    {
        float Number(string name, float value) => (float)(fields.Extra.Get(name).Number() ?? value);
        return defaults with
        {
            Temperature = Number("temperature", fields.DoSampling ? defaults.Temperature : 0),
            TopP = Number("top_p", defaults.TopP),
            TopK = (int)Number("top_k", defaults.TopK),
            RepetitionPenalty = Number("repetition_penalty", defaults.RepetitionPenalty),
            PresencePenalty = Number("presence_penalty", defaults.PresencePenalty),
            FrequencyPenalty = Number("frequency_penalty", defaults.FrequencyPenalty),
            Seed = fields.Extra.Get("seed") is { ValueKind: JsonValueKind.Number } seed && seed.TryGetUInt64(out ulong value) ? value : defaults.Seed,
        };
    }
}
