namespace KernelDsl.Runtime.Engine;

/// <summary>Who decides what a step computes.</summary>
public enum SchedulingPolicy
{
    /// <summary>Every step has a token of each sequence that decodes, and as much of prompts as keeps the gap between two tokens bounded.</summary>
    StallFree,

    /// <summary>MindIE's: a step is prefill or decode, prefill first, with its limits (ScheduleConfig of its config.json).</summary>
    MindIe,
}

/// <summary>When MindIE's policy prefills; the numbers are those of its stageSelectPolicy.</summary>
public enum StageRule
{
    /// <summary>Whenever a prompt waits and fits.</summary>
    PrefillFirst,

    /// <summary>When its cost is below that of the slots it would fill [supportSelectBatch].</summary>
    Cost,

    /// <summary>When prompts have less time left to their deadline than answers.</summary>
    Deadline,
}

/// <summary>What an operator chooses about scheduling. The fields of MindIE's ScheduleConfig are named in brackets.</summary>
public sealed record SchedulingOptions
{
    /// <summary>Who decides.</summary>
    public SchedulingPolicy Policy { get; init; }

    /// <summary>Longest time that a step with parts of prompts in it should take while others decode; null: <see cref="GapFactor"/> steps that only decode. Stall-free only.</summary>
    public TimeSpan? MaxGap { get; init; }

    /// <summary>The gap where no time is given, in steps that only decode, those whose prompts are at hand as well. What is promised is a bound of 5: estimates err, and machines pause.</summary>
    public const double GapFactor = 2;

    /// <summary>Full pages are kept after their sequence has ended, for prompts that begin alike.</summary>
    public bool PrefixCache { get; init; } = true;

    /// <summary>Most requests that wait; more are refused with the time after which to come again. 1 or more.</summary>
    public int MaxQueued { get; init; } = 512;

    /// <summary>A sequence whose reader has so many tokens before it is left out of steps until some are read.</summary>
    public int MaxUnread { get; init; } = 2048;

    /// <summary>Most sequences whose keys and values are kept in host memory while they wait for pages [maxPreemptCount]; the others are computed again. 0: all are.</summary>
    public int MaxSwapped { get; init; }

    /// <summary>Host memory for them, in bytes [cpuMemSize].</summary>
    public long SwapBytes { get; init; } = 5L << 30;

    /// <summary>Most sequences that decode in one step; null: what a step of the model holds [maxBatchSize].</summary>
    public int? MaxDecodeBatch { get; init; }

    /// <summary>Most prompts of one prefill step; MindIE only [maxPrefillBatchSize].</summary>
    public int MaxPrefillBatch { get; init; } = 50;

    /// <summary>Most tokens of one prefill step; MindIE only [maxPrefillTokens].</summary>
    public int MaxPrefillTokens { get; init; } = 8192;

    /// <summary>How long a prefill step may wait to fill; MindIE only [maxQueueDelayMicroseconds].</summary>
    public TimeSpan MaxQueueDelay { get; init; } = TimeSpan.FromMicroseconds(5000);

    /// <summary>When prompts come before answers; MindIE only [stageSelectPolicy].</summary>
    public StageRule Stage { get; init; }

    /// <summary>What <see cref="StageRule.Cost"/> takes a prefill to cost each sequence that decodes [prefillTimeMsPerReq].</summary>
    public TimeSpan PrefillTime { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>What <see cref="StageRule.Cost"/> takes an empty slot to cost per step [decodeTimeMsPerReq].</summary>
    public TimeSpan DecodeTime { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>When <see cref="StageRule.Deadline"/> wants a prompt's first token [prefillExpectedTime].</summary>
    public TimeSpan PrefillExpected { get; init; } = TimeSpan.FromMilliseconds(1500);

    /// <summary>When it wants an answer's next token [decodeExpectedTime].</summary>
    public TimeSpan DecodeExpected { get; init; } = TimeSpan.FromMilliseconds(50);
}
