using System.Text.Json;
using System.Text.RegularExpressions;
using KernelDsl.Runtime.Text;

namespace KernelDsl.Model.Tests.Weights;

/// <summary>A problem of GSM8K with its solution, as the demonstration model was trained on them: without the calculator's annotations.</summary>
/// <param name="Tokens">All of it.</param>
/// <param name="Solution">Index of the solution's first token.</param>
sealed partial record Problem(int[] Tokens, int Solution)
{
    /// <summary>Problems of a file of the data beside the repository; null where it is absent.</summary>
    public static Problem[]? Read(string file, int count)
    {
        if (Shared.Data("gsm8k") is not { } folder) return null;
        var tokenizer = Tokenizer.Load(DemoModel.Files);
        return [.. File.ReadLines(Path.Combine(folder, file)).Take(count).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            string Field(string name) => json.RootElement.GetProperty(name).GetString()!;
            var answer = Annotation().Replace(Field("answer"), "").Split("\n#### ");
            var question = tokenizer.Encode($"<|im_start|>user\n{Field("question").Trim()}<|im_end|>\n<|im_start|>assistant\n<think>\n");
            return new Problem([.. question, .. tokenizer.Encode($"{answer[0].Trim()}\n</think>\n\nThe answer is {answer[1].Trim()}.<|im_end|>")], question.Count);
        })];
    }

    [GeneratedRegex("<<.*?>>")]
    private static partial Regex Annotation();
}
