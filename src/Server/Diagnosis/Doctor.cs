using Kdsl.Configuration;
using Kdsl.Planning;
using Kdsl.Serving;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;
using ModelOptions = Kdsl.Serving.ModelOptions;

namespace Kdsl.Diagnosis;

/// <summary>What <c>kdsl doctor</c> checks, in the order in which a fault would hurt.</summary>
sealed class Doctor(ServeConfiguration configuration)
{
    readonly ModelOptions _options = configuration.ModelOptions;

    /// <summary>The checks, one after another. The canary is last: it loads the model.</summary>
    public async IAsyncEnumerable<Finding> Run()
    {
        bool good = true;
        using (var backend = new CpuBackend(_options.Threads))
        {
            foreach (var check in (Func<Finding>[])[Tokenizer, () => new KernelCheck(backend).Run(), () => Memory(backend), Ports, () => TlsCheck.Run(configuration.Server.Options)])
            {
                var finding = Guarded(check);
                good &= finding.Faults.Count == 0;
                yield return finding;
            }
        }
        yield return good ? await Canary() : new Finding("canary", [], "left out: what is above would spoil it");
    }

    /// <summary>Files of the tokenizer against each other and the model.</summary>
    Finding Tokenizer()
    {
        var files = LoadedModel.FilesOf(_options);
        using var checkpoint = files.Gguf is null ? null : ModelCheckpoint.Open(files);
        var config = checkpoint?.Config ?? Qwen2Config.Read(files);
        var tokenizer = checkpoint?.Metadata is { } metadata ? GgufTokenizer.Load(metadata) : KernelDsl.Runtime.Text.Tokenizer.Load(files);
        var faults = TokenizerCheck.Faults(files, tokenizer, config.VocabularySize, _options.Folder is { } folder ? ModelTemplate.Find(folder)?.Text : null);
        return new("tokenizer", faults, $"{tokenizer.VocabularySize} ids, {tokenizer.AddedTokens.Count} added tokens, each its own single id");
    }

    /// <summary>The plan: what cannot fit is a fault.</summary>
    Finding Memory(CpuBackend backend)
    {
        var plan = ServePlan.Of(_options, backend, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        plan.RefuseWhatCannotFit(backend, _options);
        return Finding.Good("memory", $"weights {ServePlan.Bytes(plan.Footprint.WeightBytes)}, keys and values {ServePlan.Bytes(plan.Footprint.CacheBytes)} for {plan.CacheTokens} tokens, of {ServePlan.Bytes(plan.Available)}");
    }

    /// <summary>Whether what is to be listened on is free.</summary>
    Finding Ports()
    {
        var planes = configuration.Server.Options.Planes;
        return new("port", planes.Faults(), string.Join(", ", planes.Listeners.Select(static l => $"{l.Key}")) + (planes.Listeners.Count() == 1 ? " is free" : " are free"));
    }

    /// <summary>Loads the model and asks for one token.</summary>
    async Task<Finding> Canary()
    {
        try
        {
            await using var model = LoadedModel.Open(_options with { MaxBatch = 1 });
            int[] prompt = model.Encode("Hello");
            var generation = model.Engine.Submit(new GenerationRequest { Id = "doctor", Prompt = prompt, MaxTokens = 1, Sampling = new SamplingOptions { Temperature = 0 }, TopLogProbs = 0 });
            var token = await generation.Tokens.ReadAsync();
            return token.LogProbs is { LogProb: var score } && float.IsFinite(score)
                ? Finding.Good("canary", $"'Hello' goes on with '{model.NewDecoder().Append(token.Id)}' (id {token.Id}, log probability {score:F2})")
                : Finding.Bad("canary", $"'Hello' goes on with id {token.Id}, whose probability is no number: weights or kernels are wrong");
        }
        catch (Exception e) when (Tellable(e) || e is GenerationException or OutOfMemoryException)
        {
            return new("canary", LinesOf(e), "");
        }
    }

    static Finding Guarded(Func<Finding> check)
    {
        try
        {
            return check();
        }
        catch (Exception e) when (Tellable(e))
        {
            return new("model", LinesOf(e), "");
        }
    }

    static bool Tellable(Exception e) => e is UsageException or ModelException or TokenizerException or ConfigurationException or KernelDsl.Runtime.Backend.KernelNotBuiltException;

    static IReadOnlyList<string> LinesOf(Exception e) => e is ConfigurationException c ? c.Lines : [e.Message];
}
