using Kdsl.Configuration;
using Kdsl.Configuration.Table;
using Kdsl.Dialects;
using KernelDsl.Model.Tests;
using KernelDsl.Runtime.Engine;
using Xunit.Abstractions;

namespace Kdsl.Tests.Configuration;

/// <summary>Both files of the seed, unchanged.</summary>
public class SeedFilesTests(ITestOutputHelper output)
{
    [Fact]
    public void Both_AreAccepted_AndNothingInThemIsUnknown()
    {
        using var folder = new TemporaryFolder();
        if (!SeedFiles.Write(folder, output, out string yaml, out string mindIe)) return;
        var (_, serve, problems) = Reading.Of($"config={mindIe}", $"yaml={yaml}");
        Assert.Empty(problems.Faults);
        Assert.DoesNotContain(problems.Warnings, static w => w.Contains("unknown", StringComparison.Ordinal));

        Assert.Equal((1025, 1026, 1027), (serve.Server.Options.Port, serve.Server.Options.Management!.Port, serve.Server.Options.Metrics!.Port));
        Assert.Equal(("127.0.0.1", "127.0.0.2"), (serve.Server.Options.Address.ToString(), serve.Server.Options.Management!.Address.ToString()));
        Assert.Equal((2560, 2048, Truncation.None), (serve.Model.Options.ContextLength, serve.Server.Options.MaxInputTokens, serve.Server.Options.Truncation));
        Assert.Equal(("QwQ-32B", 128, 35, 5, 4, "[[0,1,2,3]]"), (serve.Model.Options.Name, serve.Model.Options.PageSize, serve.Model.NpuMemory, serve.Model.CpuMemory, serve.Model.WorldSize, serve.Model.Devices));
        Assert.Equal((200, 50, 8192, 512, 0, StageRule.PrefillFirst), (serve.Schedule.MaxBatch, serve.Schedule.Options.MaxPrefillBatch, serve.Schedule.Options.MaxPrefillTokens, serve.Server.Options.MaxOutputTokens, serve.Schedule.Options.MaxSwapped, serve.Schedule.Options.Stage));
        Assert.Equal((150, 50, 5), (serve.Schedule.Options.PrefillTime.TotalMilliseconds, serve.Schedule.Options.DecodeTime.TotalMilliseconds, serve.Schedule.Options.MaxQueueDelay.TotalMilliseconds));
        Assert.Equal((0.7f, 20, 0.8f, 1.05f), (serve.Sampling.Temperature, serve.Sampling.TopK, serve.Sampling.TopP, serve.Sampling.RepetitionPenalty));
        Assert.Equal(("Info", 20, 20), (serve.Log.Level, serve.Log.FileMegabytes, serve.Log.Files));
        Assert.Null(serve.Server.Options.Tls);
    }

    [Theory]
    [InlineData("rms_norm_eps is 1.0e-6", "rms_norm_eps is 1e-05", "the model's is used")]
    [InlineData("max_position_embeddings is 32768", "131072", "the model's is used")]
    [InlineData("temperature is 0.7", "temperature is 0.6", "the yaml's is used")]
    [InlineData("top_k is 20", "top_k is 40", "the yaml's is used")]
    [InlineData("top_p is 0.8", "top_p is 0.95", "the yaml's is used")]
    [InlineData("repetition_penalty is 1.05", "repetition_penalty is 1.0", "the yaml's is used")]
    [InlineData("processor.tokenizer.chat_template", "chat_template.jinja", "the model's is used")]
    public void Yaml_OfAnotherModel_IsToldFieldByField(params string[] expected)
    {
        using var folder = new TemporaryFolder();
        if (!SeedFiles.Write(folder, output, out string yaml, out _)) return;
        var warnings = Reading.Of($"yaml={yaml}", $"model-path={SeedFiles.WriteModel(folder)}").Problems.Warnings;
        string warning = Assert.Single(warnings, w => w.Contains(expected[0], StringComparison.Ordinal));
        Assert.Matches(@"^\S*predict_qwq_32b\.yaml:\d+: ", warning);
        Assert.All(expected, e => Assert.Contains(e, warning, StringComparison.Ordinal));
    }

    [Fact]
    public void Yaml_OfThisModel_IsNotComplainedOf()
    {
        using var folder = new TemporaryFolder();
        if (!SeedFiles.Write(folder, output, out string yaml, out _)) return;
        var warnings = Reading.Of($"yaml={yaml}", $"model-path={SeedFiles.WriteModel(folder)}").Problems.Warnings;
        foreach (string same in (string[])["hidden_size", "num_layers", "theta", "eos_token_id", "vocab_size", "param_init_type"])
            Assert.DoesNotContain(warnings, w => w.Contains($".{same} is", StringComparison.Ordinal));
    }

    [Fact]
    public void Values_KnowTheirLine()
    {
        using var folder = new TemporaryFolder();
        if (!SeedFiles.Write(folder, output, out string yaml, out string mindIe)) return;
        var effective = Reading.Of($"config={mindIe}", $"yaml={yaml}").Effective;
        foreach (var value in effective.All.Where(static v => v.Source.File is not null))
        {
            string line = File.ReadLines(value.Source.File!).ElementAt(value.Source.Line - 1);
            Assert.Contains(value.Source.Name[(value.Source.Name.LastIndexOf('.') + 1)..], line, StringComparison.Ordinal);
        }
        Assert.Equal(Layer.MindIe, effective[ServerSettings.Port].Source.Layer);
        Assert.Equal(Layer.Yaml, effective[SamplingSettings.TopP].Source.Layer);
    }

    [Fact]
    public void Model_OnTheCommandLine_WinsOverBothFiles_AndItIsSaid()
    {
        using var folder = new TemporaryFolder();
        if (!SeedFiles.Write(folder, output, out string yaml, out string mindIe)) return;
        string model = SeedFiles.WriteModel(folder);
        var (_, serve, problems) = Reading.Of($"config={mindIe}", $"yaml={yaml}", $"model-path={model}");
        Assert.Equal(model, serve.Model.Options.Folder);
        Assert.Contains(problems.Warnings, static w => w.Contains("modelWeightPath is '/home/work/QwQ-32B'", StringComparison.Ordinal) && w.EndsWith("and wins.", StringComparison.Ordinal));
        Assert.Contains(problems.Warnings, static w => w.Contains("load_checkpoint is '/home/work/QwQ-32B/checkpoint_dir'", StringComparison.Ordinal));
        // The seed's cap cuts QwQ within its thought.
        Assert.Contains(problems.Warnings, static w => w.Contains("maxIterTimes is 512", StringComparison.Ordinal) && w.Contains("cut within its thought", StringComparison.Ordinal));
    }

    [Fact]
    public void Files_AreNotWritten()
    {
        using var folder = new TemporaryFolder();
        if (!SeedFiles.Write(folder, output, out string yaml, out string mindIe)) return;
        foreach (string file in (string[])[yaml, mindIe]) SeedFiles.Permit(file, UnixFileMode.UserRead);
        var before = Directory.GetFiles(folder.Path).ToDictionary(static f => f, File.ReadAllText);
        Reading.Of($"config={mindIe}", $"yaml={yaml}", "port=1", "strict=false");
        Assert.Equal(before, Directory.GetFiles(folder.Path).ToDictionary(static f => f, File.ReadAllText));
    }
}
