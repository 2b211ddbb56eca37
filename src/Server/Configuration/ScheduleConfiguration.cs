using Kdsl.Configuration.Table;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Configuration;

/// <summary>What runs together, and in which order; MindIE's names are in docs/configuration.md.</summary>
sealed record ScheduleConfiguration
{
    /// <summary>Most sequences of a step.</summary>
    public required int MaxBatch { get; init; }

    /// <summary>How steps are filled; the bounds of the line and of the host's memory are the server's and the model's.</summary>
    public required SchedulingOptions Options { get; init; }

    /// <summary>From the settings.</summary>
    public static ScheduleConfiguration Of(EffectiveConfiguration e)
    {
        int batch = e.Get(ScheduleSettings.MaxBatch);
        var defaults = new SchedulingOptions();
        return new()
        {
            MaxBatch = batch,
            Options = new SchedulingOptions
            {
                Policy = e.Get(ScheduleSettings.Policy) == ScheduleSettings.MindIePolicy ? SchedulingPolicy.MindIe : SchedulingPolicy.StallFree,
                MaxGap = e.Get(ScheduleSettings.MaxGap) is { } gap ? TimeSpan.FromMilliseconds(gap) : null,
                PrefixCache = e.Get(ScheduleSettings.PrefixCache),
                MaxQueued = e.Get(ServerSettings.QueueLimit) ?? defaults.MaxQueued,
                MaxSwapped = e.Get(ScheduleSettings.MaxPreempt),
                SwapBytes = (long)e.Get(NpuSettings.CpuMemory) << 30,
                MaxPrefillBatch = e.Get(ScheduleSettings.MaxPrefillBatch) is { } most and > 0 ? Math.Min(most, batch) : batch,
                MaxPrefillTokens = e.Get(ScheduleSettings.MaxPrefillTokens) ?? defaults.MaxPrefillTokens,
                Stage = e.Get(ScheduleSettings.StageSelectPolicy) is var stage and > 0 ? (StageRule)stage
                    : e.Get(ScheduleSettings.SelectBatch) ? StageRule.Cost : StageRule.PrefillFirst,
                PrefillExpected = TimeSpan.FromMilliseconds(e.Get(ScheduleSettings.PrefillExpected)),
                DecodeExpected = TimeSpan.FromMilliseconds(e.Get(ScheduleSettings.DecodeExpected)),
                PrefillTime = TimeSpan.FromMilliseconds(e.Get(ScheduleSettings.PrefillTime)),
                DecodeTime = TimeSpan.FromMilliseconds(e.Get(ScheduleSettings.DecodeTime)),
                MaxQueueDelay = TimeSpan.FromMicroseconds(e.Get(ScheduleSettings.MaxQueueDelay)),
            },
        };
    }
}
