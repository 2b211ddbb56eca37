using Kdsl.Bench.Serving.Clients;
using Kdsl.Serving;

namespace Kdsl.Bench.Serving;

/// <summary>Chooses what is driven and how.</summary>
static class Targets
{
    const int MostSequences = 128;

    /// <summary>Opens it. A server is asked only where its kind matters.</summary>
    /// <exception cref="UsageException">The flags do not fit together, or MindIE says that it is not ready.</exception>
    public static async Task<ITarget> OpenAsync(ServingOptions options, CancellationToken cancellation)
    {
        Check(options);
        if (options.TestType == TestType.Engine)
            return new EngineTarget(LoadedModel.Open(new ModelOptions { Folder = options.ModelPath, MaxBatch = Math.Min(options.Concurrency, MostSequences) }), options.Sampling);
        var http = Connections.Open(options.ConfigPath);
        try
        {
            var probe = options.TestType is TestType.Client or TestType.Vllm ? await MindIEProbe.AskAsync(http, options.ManagementHttp, cancellation) : default;
            if (probe.Refusal is { } refusal)
                throw new UsageException($"the server is not ready: {refusal}");
            var dialect = Dialect(options, probe.IsThere);
            if (options.WantsTokens && !dialect.SendsTokens)
                throw new UsageException($"{dialect.Route} takes no token ids; use --TaskKind stream_token with --TestType client, --mode raw with --TestType openai, or --TestType engine.");
            return new HttpTarget(http, options.Http, dialect);
        }
        catch
        {
            http.Dispose();
            throw;
        }
    }

    static IDialect Dialect(ServingOptions options, bool mindIE)
    {
        bool stream = options.TaskKind != TaskKind.Text, tokens = options.WantsTokens;
        return options.TestType switch
        {
            TestType.Client when options.TaskKind == TaskKind.StreamToken => new MindIETokens(options.Sampling),
            TestType.Client => new MindIEText(options.ModelName, options.Sampling, stream),
            TestType.Tgi => new Tgi(options.ModelName, options.Sampling, stream),
            TestType.Vllm when mindIE => new VllmGenerate(options.Sampling, stream),
            TestType.Vllm => new OpenAi(options.Sampling, chat: false, stream, tokens),
            TestType.Triton => new Triton(options.ModelName, options.ModelVersion, options.Sampling, stream),
            _ => new OpenAi(options.Sampling, options.UsesChat, stream, tokens),
        };
    }

    static void Check(ServingOptions options)
    {
        if (options.TaskKind == TaskKind.StreamToken && options.TestType != TestType.Client)
            throw new UsageException("--TaskKind stream_token drives MindIE's /infer_token; use it with --TestType client.");
        if (options is { TaskKind: TaskKind.Text, TestType: TestType.Engine })
            throw new UsageException("--TestType engine answers token by token; use it with --TaskKind stream.");
        if (options.DatasetType == "synthetic" && options.TestType is not (TestType.Vllm or TestType.OpenAi or TestType.Engine))
            throw new UsageException("--DatasetType synthetic needs a route that can generate past the stop token; use --TestType vllm_client, openai or engine.");
        if (options.DatasetType == "tokenid" && options.Chat is true)
            throw new UsageException("--DatasetType tokenid has no texts for a chat template; use --mode raw.");
        if (options is { TestType: TestType.OpenAi, Tokenizer: false, Chat: true })
            throw new UsageException("--Tokenizer False sends token ids, which a chat route does not take; use --mode raw.");
    }
}
