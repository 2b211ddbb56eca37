using System.Text;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Serving;

/// <summary>An answer as it is collected; finished when <see cref="Finish"/> is set.</summary>
sealed class WholeText
{
    readonly StringBuilder _text = new();
    List<ScoredToken>? _scores;

    /// <summary>All of it.</summary>
    public string Text => _text.ToString();

    /// <summary>Tokens generated, the stop token included.</summary>
    public int Tokens { get; private set; }

    /// <summary>Its tokens with their log probabilities; null unless asked for.</summary>
    public IReadOnlyList<ScoredToken>? Scores => _scores;

    /// <summary>Why it ended.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Takes the next delta.</summary>
    public void Append(TextDelta delta)
    {
        _text.Append(delta.Text);
        Tokens = delta.Tokens;
        Finish = delta.Finish;
        if (delta.Scores is not null)
            (_scores ??= []).AddRange(delta.Scores);
    }
}
