using System.Globalization;
using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>What is allowed, and yet not what a model's makers advise.</summary>
static class Advice
{
    // Thoughts of 2,000 to 10,000 tokens are usual.
    const int ShortThought = 4096;

    /// <summary>Warns who lets a model that thinks answer greedily, or cuts its thoughts.</summary>
    public static void OfThinking(EffectiveConfiguration e, ModelTemplate template, Problems problems)
    {
        if (!template.Thinks) return;
        var sampling = SamplingConfiguration.Of(e);
        if (sampling.Temperature == 0)
        {
            var source = sampling.Greedy ? e[SamplingSettings.DoSample].Source : e[SamplingSettings.Temperature].Source;
            problems.Warn($"{source} makes answers greedy; a model that thinks ({template.File} has <think>) then repeats itself without end: its makers advise a temperature of 0.6.");
        }
        if (e.Get(ScheduleSettings.MaxIterTimes) is { } most && most < ShortThought)
            problems.Warn(string.Create(CultureInfo.InvariantCulture, $"{e[ScheduleSettings.MaxIterTimes].Source} is {most}; a model that thinks ({template.File} has <think>) is then cut within its thought: thousands of tokens are usual."));
    }
}
