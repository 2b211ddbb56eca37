using System.Text.Json;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The words that llama.cpp's tests of logit_bias keep out of an answer.</summary>
static class LogitBias
{
    /// <summary>They.</summary>
    public static readonly string[] Words =
    [
        "i", "I", "the", "The", "to", "a", "an", "be", "is", "was", "but", "But", "and", "And", "so", "So", "you", "You", "he", "He", "she", "She", "we", "We", "they", "They", "it", "It",
        "his", "His", "her", "Her", "book", "Book",
    ];

    /// <summary>A map against their tokens, which the server's own tokenizer names.</summary>
    public static async Task<string> AgainstAsync(DemoServer demo)
    {
        var body = await demo.AskAsync("/v1/tokenizer", JsonSerializer.Serialize(new { inputs = $" {string.Join(' ', Words)} ", do_decode = false }));
        return $"{{{string.Join(',', body.GetProperty("tokens").EnumerateArray().Select(id => id.GetInt32()).Distinct().Select(id => $"\"{id}\":-100"))}}}";
    }
}
