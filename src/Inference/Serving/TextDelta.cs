using KernelDsl.Runtime.Engine;

namespace Kdsl.Serving;

/// <summary>What one step added to an answer.</summary>
/// <param name="Text">New text, safe to show: whole characters, and no part of a stop string.</param>
/// <param name="Tokens">Tokens generated so far.</param>
/// <param name="New">Tokens since the delta before.</param>
/// <param name="Scores">Tokens whose text is out by now, with their log probabilities; null unless asked for.</param>
/// <param name="Finish">Set on the last delta: Stop or Length.</param>
/// <param name="StopString">The text that ended the answer, where one did.</param>
readonly record struct TextDelta(string Text, int Tokens, IReadOnlyList<GeneratedToken> New, IReadOnlyList<ScoredToken>? Scores, FinishReason? Finish, string? StopString);

/// <summary>A token, its log probability (none: the first of a prompt) and where its text starts, in UTF-16 units.</summary>
readonly record struct ScoredToken(int Id, TokenLogProbs? Score, int Offset);
