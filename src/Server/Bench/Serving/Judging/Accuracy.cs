namespace Kdsl.Bench.Serving.Judging;

/// <summary>Counts of judged answers; a failed request has none.</summary>
/// <param name="Failed">Requests without an answer.</param>
sealed record Accuracy(int Correct, int Wrong, int Truncated, int Failed)
{
    /// <summary>All requests, the failed ones too.</summary>
    public int Total => Correct + Wrong + Truncated + Failed;

    /// <summary>Counts them.</summary>
    public static Accuracy Of(IReadOnlyCollection<Judgement> answers, int failed) => new(
        answers.Count(static a => a == Judgement.Correct), answers.Count(static a => a == Judgement.Wrong), answers.Count(static a => a == Judgement.Truncated), failed);

    /// <summary>In one line.</summary>
    public override string ToString() => $"{Correct} correct, {Wrong} wrong, {Truncated} cut at the most tokens before their answer, {Failed} without an answer";
}
