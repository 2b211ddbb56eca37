using System.Text;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.OpenAi;

/// <summary>A prompt as the answer repeats it, special tokens spelt out.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Tokens">Its tokens with their places in the text, still without scores.</param>
sealed record EchoedPrompt(string Text, IReadOnlyList<ScoredToken> Tokens)
{
    /// <summary>Spells the tokens.</summary>
    public static EchoedPrompt Of(IReadOnlyList<int> prompt, ITextModel model)
    {
        var text = new StringBuilder();
        var tokens = new List<ScoredToken>(prompt.Count);
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[64];
        for (int i = 0; i < prompt.Count; i++)
        {
            tokens.Add(new ScoredToken(prompt[i], null, text.Length));
            var bytes = model.Bytes(prompt[i]);
            bool last = i == prompt.Count - 1;
            int count = decoder.GetCharCount(bytes, last);
            if (count > characters.Length)
                characters = new char[count];
            text.Append(characters, 0, decoder.GetChars(bytes, characters, last));
        }

        return new EchoedPrompt(text.ToString(), tokens);
    }

    /// <summary>The tokens with the scores that the engine gave them.</summary>
    public IEnumerable<ScoredToken> Scored(IReadOnlyList<TokenLogProbs?> scores) =>
        Tokens.Zip(scores, (token, score) => token with { Score = score });
}
