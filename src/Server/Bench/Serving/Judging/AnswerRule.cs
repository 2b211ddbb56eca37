namespace Kdsl.Bench.Serving.Judging;

/// <summary>How the answers of a data set are judged.</summary>
enum AnswerRule
{
    /// <summary>Not here.</summary>
    None,

    /// <summary>By the number that the answer ends with.</summary>
    Number,

    /// <summary>By its first letter.</summary>
    Letter,
}

/// <summary>What an answer is worth.</summary>
enum Judgement
{
    /// <summary>It says what it should.</summary>
    Correct,

    /// <summary>It came to its end and does not.</summary>
    Wrong,

    /// <summary>It was cut at the most tokens before it said so.</summary>
    Truncated,
}
