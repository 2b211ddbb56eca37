using System.Diagnostics;
using System.Text;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Dialects.Raw;

/// <summary>What a step added: text, tokens, and the milliseconds since the step before (the first: since the request).</summary>
readonly record struct RawStep(TextDelta Delta, double Milliseconds, bool First);

/// <summary>An answer as it grows.</summary>
sealed class RawAnswer(RawRequest request, ITextModel model)
{
    readonly StringBuilder _text = new(request.Parameters.FullText ? request.Text : "");
    readonly List<GeneratedToken> _tokens = [];
    readonly List<ScoredToken> _scores = [];
    long _last = Stopwatch.GetTimestamp();

    /// <summary>What was asked.</summary>
    public RawRequest Request => request;

    /// <summary>The model, for what its tokens are called.</summary>
    public ITextModel Model => model;

    /// <summary>The text, behind the prompt where the request asks for the whole.</summary>
    public string Text => _text.ToString();

    /// <summary>All tokens, the one that ended it included.</summary>
    public IReadOnlyList<GeneratedToken> Tokens => _tokens;

    /// <summary>Tokens with their log probabilities, where details were asked for.</summary>
    public IReadOnlyList<ScoredToken> Scores => _scores;

    /// <summary>The word of TGI and MindIE for why it ended; null while it has not.</summary>
    public string? Finish { get; private set; }

    /// <summary>Scores of the prompt, where they were asked for.</summary>
    public IReadOnlyList<TokenLogProbs?>? PromptScores { get; private set; }

    /// <summary>Takes the next delta.</summary>
    public RawStep Add(TextDelta delta, TextGeneration generation)
    {
        bool first = _tokens.Count == 0;
        _text.Append(delta.Text);
        _tokens.AddRange(delta.New);
        _scores.AddRange(delta.Scores ?? []);
        PromptScores ??= generation.PromptScores;
        Finish = delta.Finish switch
        {
            null => null,
            FinishReason.Length => "length",
            _ => delta.StopString is null ? "eos_token" : "stop_sequence",
        };
        long now = Stopwatch.GetTimestamp();
        double milliseconds = Stopwatch.GetElapsedTime(_last, now).TotalMilliseconds;
        _last = now;
        return new RawStep(delta, milliseconds, first);
    }

    /// <summary>Its sequence was ended by a route that ends sequences: it stays as far as it went.</summary>
    public void Stop() => Finish ??= "stop_sequence";
}
