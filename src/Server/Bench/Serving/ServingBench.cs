using Kdsl.Bench.Serving.Clients;
using Kdsl.Bench.Serving.Data;
using Kdsl.Bench.Serving.Judging;
using Kdsl.Bench.Serving.Load;
using Kdsl.Bench.Serving.Output;
using Kdsl.Bench.Serving.Statistics;

namespace Kdsl.Bench.Serving;

/// <summary>The serving benchmark: asks a server the questions of a data set and says how it answered.</summary>
/// <param name="output">Tables.</param>
/// <param name="errors">Progress, findings and failures.</param>
/// <param name="terminal"><paramref name="errors"/> is a terminal.</param>
sealed class ServingBench(ServingOptions options, TextWriter output, TextWriter errors, bool terminal)
{
    /// <summary>Runs it: once, or once for each rate. The exit code: 0; 1 where no request was answered; 130 when interrupted.</summary>
    /// <exception cref="UsageException">The flags cannot be followed.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        ResultFiles.Prepare(options);
        var (type, shots) = DataSetType.Find(options.DatasetType);
        var text = ModelText.Load(options.ModelPath);
        var prompts = new Prompts(text, options);
        var requests = prompts.Build(type.Read(new DataSource(options.DatasetPath, options.SyntheticConfigPath, shots, options.TestAccuracy, options.Seed)));
        if (requests.Count == 0)
            throw new UsageException($"{Source} has no questions.");

        await using var target = await Targets.OpenAsync(options, stop);
        Advise(requests[0]);
        if (await FailedWarmupAsync(target, prompts, stop) is { } failure)
        {
            errors.WriteLine($"kdsl: no warm-up request was answered: {failure}; is the server there ({options.Http}, --TestType)?");
            return 1;
        }

        int code = 0;
        IEnumerable<double?> rates = options.RequestRate.Count > 0 ? options.RequestRate.Select(static rate => (double?)rate) : [null];
        foreach (var rate in rates)
        {
            if (!stop.IsCancellationRequested)
                code = Math.Max(code, await RunOnceAsync(target, type, text, requests, rate, stop));
        }

        return stop.IsCancellationRequested ? 130 : code;
    }

    string Source => options.DatasetPath ?? options.SyntheticConfigPath ?? options.DatasetType;

    async Task<int> RunOnceAsync(ITarget target, DataSetType type, ModelText text, IReadOnlyList<BenchRequest> requests, double? rate, CancellationToken stop)
    {
        var rule = options.TestAccuracy ? type.Rule : AnswerRule.None;
        var reader = new TraceReader(text.Tokenizer, target.Streams, rule, options.Reasoning, keepText: options.TestAccuracy, keepTokens: options.SaveTokensPath is not null);
        var load = new LoadGenerator(target, options.Concurrency, options.RequestTimeOut, rate is { } r ? new Arrivals(r, options.Poisson, options.Seed) : null);
        var watch = new RunWatch(options, Source, rate, reader, target.Streams, new ProgressBar(errors, terminal, requests.Count));
        using (var early = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            var verdict = watch.SayEarlyVerdictAsync(early.Token);
            await load.RunAsync(requests, watch.Begin, watch.End, stop);
            await early.CancelAsync();
            await verdict;
        }

        var run = watch.Result(judged: rule != AnswerRule.None);
        var findings = watch.Findings(run);
        Report(run, findings);
        foreach (string file in ResultFiles.Write(options, run, findings))
            errors.WriteLine($"kdsl: wrote {file}");
        return run.Returned.Count > 0 ? 0 : 1;
    }

    void Report(RunResult run, IReadOnlyList<string> findings)
    {
        output.WriteLine($"The BenchMark test performance metric result is:\n{Tables.Performance(run)}");
        output.WriteLine($"The BenchMark test common metric result is:\n{Tables.Common(run)}");
        output.WriteLine($"The same under the names of AISBench and vLLM:\n{Tables.Latency(run)}\n{Tables.Throughput(run)}");
        if (run.Judged)
            output.WriteLine($"accuracy: {run.Accuracy}");
        foreach (var (reason, count) in run.Failures)
            output.WriteLine($"failed: {count} x {reason}");
        foreach (string finding in findings)
            output.WriteLine($"verdict: {finding}");
        output.WriteLine(run.Failed == 0 ? "Benchmark task completed successfully!" : $"Benchmark task completed; {run.Failed} of {run.Requests.Count} requests failed.");
    }

    void Advise(BenchRequest request)
    {
        if (request.OpensThought && !options.Sampling.DoSampling)
            errors.WriteLine("kdsl: this model thinks before it answers, and greedily it may repeat itself without end; --DoSampling True samples as its makers advise");
        if (request.OpensThought && options.MaxOutputLen < 4096)
            errors.WriteLine($"kdsl: --MaxOutputLen {options.MaxOutputLen} may cut thoughts before the answer");
    }

    /// <summary>Sends the warm-up requests; why the last failed if all did, or null.</summary>
    async Task<string?> FailedWarmupAsync(ITarget target, Prompts prompts, CancellationToken stop)
    {
        if (options.WarmupSize == 0)
            return null;
        string? failure = null;
        int answered = 0;
        await new LoadGenerator(target, options.Concurrency, options.RequestTimeOut, arrivals: null).RunAsync(prompts.Warmup(), static _ => { }, trace =>
        {
            if (trace.Failure is null)
                Interlocked.Increment(ref answered);
            else
                Volatile.Write(ref failure, trace.Failure);
        }, stop);
        return answered == 0 && !stop.IsCancellationRequested ? failure : null;
    }
}
