using System.Text.Json;
using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests;

/// <summary>The demonstration model of the repository and what its training program computed with it.</summary>
static class DemoModel
{
    public static string Folder { get; } = Path.Combine(Shared.Root, "models", "demo");

    public static ModelFiles Files => new FolderFiles(Folder);

    /// <summary>Prompts with the logits after them and the greedy text, computed in fp32 by another program.</summary>
    public static IReadOnlyList<Golden> Goldens { get; } = ReadGoldens();

    private static List<Golden> ReadGoldens()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "golden", "golden.json")));
        int[] Ints(JsonElement e) => [.. e.EnumerateArray().Select(static i => i.GetInt32())];
        float[] Floats(JsonElement e) => [.. e.EnumerateArray().Select(static i => i.GetSingle())];
        return [.. json.RootElement.GetProperty("prompts").EnumerateArray().Select(p => new Golden(
            p.GetProperty("name").GetString()!,
            Ints(p.GetProperty("prompt_ids")),
            Ints(p.GetProperty("last_position_logits").GetProperty("ids")),
            Floats(p.GetProperty("last_position_logits").GetProperty("values")),
            Ints(p.GetProperty("greedy_ids")),
            Floats(p.GetProperty("greedy_margins"))))];
    }
}

/// <param name="Prompt">Token ids.</param>
/// <param name="TopIds">The most likely next tokens, best first.</param>
/// <param name="TopLogits">Their logits.</param>
/// <param name="Greedy">The greedy continuation.</param>
/// <param name="Margins">Distance of the first from the second choice, step by step.</param>
sealed record Golden(string Name, int[] Prompt, int[] TopIds, float[] TopLogits, int[] Greedy, float[] Margins);
