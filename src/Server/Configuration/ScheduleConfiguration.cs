using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>What runs together, and in which order; MindIE's names are in docs/configuration.md.</summary>
sealed record ScheduleConfiguration
{
    /// <summary>Most sequences of a step.</summary>
    public required int MaxBatch { get; init; }

    /// <summary>kdsl or mindie.</summary>
    public required string Policy { get; init; }

    /// <summary>Standard or Mix.</summary>
    public required string TemplateType { get; init; }

    /// <summary>Most prompts of a step, at most <see cref="MaxBatch"/>.</summary>
    public required int MaxPrefillBatch { get; init; }

    /// <summary>Most tokens of prompts of a step; null: the engine's.</summary>
    public required int? MaxPrefillTokens { get; init; }

    /// <summary>Most tokens of an answer; null: up to the context.</summary>
    public required int? MaxIterTimes { get; init; }

    /// <summary>Most sequences that are moved out of memory.</summary>
    public required int MaxPreempt { get; init; }

    /// <summary>Whether MindIE's cost policy chooses between prompts and answers.</summary>
    public required bool SelectBatch { get; init; }

    /// <summary>Its cost of a prompt.</summary>
    public required TimeSpan PrefillTime { get; init; }

    /// <summary>Its cost of a token.</summary>
    public required TimeSpan DecodeTime { get; init; }

    /// <summary>How long a prompt waits for company.</summary>
    public required TimeSpan MaxQueueDelay { get; init; }

    /// <summary>After which wait a request may displace others.</summary>
    public required TimeSpan MaxFirstTokenWait { get; init; }

    /// <summary>MindIE 2's stage policy, 0 to 2.</summary>
    public required int StageSelectPolicy { get; init; }

    /// <summary>From the settings.</summary>
    public static ScheduleConfiguration Of(EffectiveConfiguration e)
    {
        int batch = e.Get(ScheduleSettings.MaxBatch);
        return new()
        {
            MaxBatch = batch,
            Policy = e.Get(ScheduleSettings.Policy),
            TemplateType = e.Get(ScheduleSettings.TemplateType),
            MaxPrefillBatch = e.Get(ScheduleSettings.MaxPrefillBatch) is { } most and > 0 ? Math.Min(most, batch) : batch,
            MaxPrefillTokens = e.Get(ScheduleSettings.MaxPrefillTokens),
            MaxIterTimes = e.Get(ScheduleSettings.MaxIterTimes),
            MaxPreempt = e.Get(ScheduleSettings.MaxPreempt),
            SelectBatch = e.Get(ScheduleSettings.SelectBatch),
            PrefillTime = TimeSpan.FromMilliseconds(e.Get(ScheduleSettings.PrefillTime)),
            DecodeTime = TimeSpan.FromMilliseconds(e.Get(ScheduleSettings.DecodeTime)),
            MaxQueueDelay = TimeSpan.FromMicroseconds(e.Get(ScheduleSettings.MaxQueueDelay)),
            MaxFirstTokenWait = TimeSpan.FromMilliseconds(e.Get(ScheduleSettings.MaxFirstTokenWait)),
            StageSelectPolicy = e.Get(ScheduleSettings.StageSelectPolicy),
        };
    }
}
