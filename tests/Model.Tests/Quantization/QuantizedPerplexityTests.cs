using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests.Weights;
using KernelDsl.Runtime.Model;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Quantization;

/// <summary>What written folders of the demonstration model are worth, on text that it was not trained on.</summary>
public sealed class QuantizedPerplexityTests(ITestOutputHelper output)
{
    [Fact]
    public void Survey()
    {
        var texts = Problem.Read("test.jsonl", 200)!;
        var training = Problem.Read("train.jsonl", 200)!.SelectMany(static t => t.Tokens).Take(int.Parse(Environment.GetEnvironmentVariable("CAL") ?? "2048")).ToArray();
        var bf16 = Predictions.Of(DemoModel.Files, texts);
        output.WriteLine($"calibrated bf16 {bf16.Perplexity:f4} over {bf16.Count}");
        foreach (var format in (WeightFormat[])[WeightFormat.Int4(), WeightFormat.Int4(64), WeightFormat.Int4(128), WeightFormat.Int4(128, true)])
        {
            foreach (bool calibrated in (bool[])[true])
            {
                using var folder = new TemporaryFolder();
                using var backend = new CpuBackend(threads: 2);
                var lines = new List<string>();
                var summary = FolderQuantizer.Run(DemoModel.Folder, folder.Path, new() { Format = format, Calibration = calibrated ? new(backend, training) : null, Report = lines.Add });
                var own = Predictions.Of(new FolderFiles(folder.Path), texts);
                output.WriteLine($"{format} calibrated {calibrated}: {own.Perplexity:f4} ({own.Perplexity / bf16.Perplexity - 1:p2}), KL {bf16.DivergenceOf(own):f5}; weights {summary.Error:p2}, outputs {summary.OutputError}");
            }
        }
    }
}
