using KernelDsl.Backends.Cpu;
using KernelDsl.Model.Tests.Weights;
using KernelDsl.Runtime.Model;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Quantization;

/// <summary>What written folders of the demonstration model are worth, on solutions that neither it nor calibration has seen.</summary>
public sealed class QuantizedPerplexityTests(ITestOutputHelper output)
{
    [Fact]
    public void Perplexity_OfWrittenFolders_IsNearBf16sAndNearerCalibrated()
    {
        if (Problem.Read("test.jsonl", 100) is not { } problems || Problem.Read("train.jsonl", 20) is not { } training)
        {
            output.WriteLine("skipped: ../shared/data/gsm8k is absent");
            return;
        }
        var bf16 = Predictions.Of(DemoModel.Files, problems);
        using var backend = new CpuBackend(threads: 2);
        var text = new CalibrationText(backend, [.. training.SelectMany(static p => p.Tokens).Take(2048)]);

        // Perplexity goes up and down by the luck of rounding; divergence only grows with what rounding does.
        (double Perplexity, double Divergence) Of(WeightFormat format, bool calibrated)
        {
            using var folder = new TemporaryFolder();
            var summary = FolderQuantizer.Run(DemoModel.Folder, folder.Path, new() { Format = format, Calibration = calibrated ? text : null });
            var own = Predictions.Of(new FolderFiles(folder.Path), problems);
            var (more, divergence) = (own.Perplexity / bf16.Perplexity - 1, bf16.DivergenceOf(own));
            output.WriteLine($"{format}{(calibrated ? ", calibrated" : "")}: perplexity {own.Perplexity:f4} ({more:p2}), divergence {divergence:f5}; outputs {summary.OutputError}");
            return (more, divergence);
        }

        output.WriteLine($"bf16: perplexity {bf16.Perplexity:f4} of {bf16.Count} tokens");
        Assert.InRange(Of(WeightFormat.Int8(), false).Perplexity, -0.002, 0.002);
        foreach (var format in (WeightFormat[])[WeightFormat.Int4(), WeightFormat.Int4(128)])
        {
            var (plain, calibrated) = (Of(format, false), Of(format, true));
            Assert.InRange(plain.Perplexity, -0.03, 0.03);
            // In groups of 128 the two are within luck of each other on so few tokens.
            Assert.InRange(calibrated.Perplexity, -0.03, format.Group == 32 ? plain.Perplexity : 0.03);
            Assert.True(calibrated.Divergence < 0.97 * plain.Divergence, $"{format}: {calibrated.Divergence} against {plain.Divergence}");
        }
    }
}
