using System.Text.Json;
using KernelDsl.Backends.Cpu;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;
using Xunit.Abstractions;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>What rounding the weights costs: perplexity of the demonstration model on text that it was not trained on.</summary>
public sealed class PerplexityTests(ITestOutputHelper output)
{
    private const int Texts = 24;

    [Fact]
    public void Perplexity_OfRoundedWeights_IsNearBf16s()
    {
        if (Shared.Data("gsm8k") is not { } folder)
        {
            output.WriteLine("skipped: ../shared/data/gsm8k is absent");
            return;
        }
        var tokenizer = Tokenizer.Load(DemoModel.Files);
        var texts = File.ReadLines(Path.Combine(folder, "test.jsonl")).Take(Texts).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            string Field(string name) => json.RootElement.GetProperty(name).GetString()!;
            return tokenizer.Encode($"<|im_start|>user\n{Field("question")}<|im_end|>\n<|im_start|>assistant\n<think>\n{Field("answer")}").ToArray();
        }).ToArray();
        double bf16 = Of(texts, null), int8 = Of(texts, WeightFormat.Int8()), int4 = Of(texts, WeightFormat.Int4());
        output.WriteLine($"perplexity over {texts.Sum(static t => t.Length - 1)} tokens: bf16 {bf16:f4}, int8 {int8:f4} ({int8 / bf16 - 1:p2}), int4 {int4:f4} ({int4 / bf16 - 1:p2})");
        Assert.True(Math.Abs(int8 / bf16 - 1) < 0.002, $"int8: {int8} against {bf16}");
        Assert.True(Math.Abs(int4 / bf16 - 1) < 0.03, $"int4: {int4} against {bf16}");
    }

    private static double Of(int[][] texts, WeightFormat? weights)
    {
        using var backend = new CpuBackend(threads: 2);
        using var model = Qwen2Model.Load(DemoModel.Files, backend, new() { CacheBytes = 64 << 20, Weights = weights });
        double sum = 0;
        long count = 0;
        foreach (var text in texts)
        {
            // Logits are a row a sequence: the text's prefixes go one token at a time.
            var sessions = new Sessions(model);
            var session = new Session(text);
            for (int i = 0; i + 1 < text.Length; i++)
            {
                var logits = sessions.Step((session, 1))[session];
                double most = logits.Max(), total = logits.Sum(l => Math.Exp(l - most));
                sum -= logits[text[i + 1]] - most - Math.Log(total);
                count++;
            }
        }
        return Math.Exp(sum / count);
    }
}
