using System.Text;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Serving;

/// <summary>An answer as it is collected; finished when <see cref="Finish"/> is set.</summary>
sealed class WholeText
{
    readonly StringBuilder _text = new();
    readonly List<int> _ids = [];
    List<ScoredToken>? _scores;

    /// <summary>All of it.</summary>
    public string Text => _text.ToString();

    /// <summary>Ids of the tokens generated, the stop token included.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>How many there are.</summary>
    public int Tokens => _ids.Count;

    /// <summary>The text that ended it, where one did.</summary>
    public string? StopString { get; private set; }

    /// <summary>Its tokens with their log probabilities; null unless asked for.</summary>
    public IReadOnlyList<ScoredToken>? Scores => _scores;

    /// <summary>Why it ended.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Takes the next delta.</summary>
    public void Append(TextDelta delta)
    {
        _text.Append(delta.Text);
        _ids.AddRange(delta.New.Select(token => token.Id));
        Finish = delta.Finish;
        StopString = delta.StopString;
        if (delta.Scores is not null)
            (_scores ??= []).AddRange(delta.Scores);
    }
}
