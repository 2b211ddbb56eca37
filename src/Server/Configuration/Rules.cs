using System.Globalization;
using System.Net;
using Kdsl.Configuration.Table;

namespace Kdsl.Configuration;

/// <summary>Limits that one setting puts on another. Only what somebody set is held against them.</summary>
static class Rules
{
    sealed record Limit(int Least, int Most, string Why);

    static readonly (Setting Setting, Func<EffectiveConfiguration, Limit?> Of)[] _limits =
    [
        (ModelSettings.ContextLength, static e => e[ModelSettings.ContextLength].Overridden.LastOrDefault(static v => v.Source.Layer == Layer.HuggingFace) is { } trained && int.TryParse(trained.Text, CultureInfo.InvariantCulture, out int most)
            ? new(0, most, $"{trained.Source} is {most}; the model knows no later positions: extend it by rope_scaling (YaRN) in its config.json") : null),
        (ScheduleSettings.MaxPrefillBatch, static e => new(0, e.Get(ScheduleSettings.MaxBatch), $"no more prompts than sequences run together ({Name(e, ScheduleSettings.MaxBatch)})")),
        (ScheduleSettings.MaxPreempt, static e => new(0, e.Get(ScheduleSettings.MaxBatch), $"no more sequences can be moved than run together ({Name(e, ScheduleSettings.MaxBatch)})")),
        (ScheduleSettings.MaxIterTimes, static e => e.Get(ModelSettings.ContextLength) is { } context ? new(1, context, $"an answer is no longer than its sequence ({Name(e, ModelSettings.ContextLength)})") : null),
        (ScheduleSettings.MaxPrefillTokens, static e => InputTokens(e) is { } input ? new(input, int.MaxValue, $"the longest prompt has to fit ({Name(e, ModelSettings.MaxInputTokens)})") : null),
        (NpuSettings.CpuMemory, static e => e.Get(ScheduleSettings.MaxPreempt) > 0 ? new(1, int.MaxValue, $"sequences are moved there ({Name(e, ScheduleSettings.MaxPreempt)})") : null),
    ];

    /// <summary>The configuration within its limits.</summary>
    public static EffectiveConfiguration Apply(EffectiveConfiguration effective, Problems problems)
    {
        foreach (var (setting, limitOf) in _limits)
        {
            var value = effective[setting];
            if (value.Source.Layer == Layer.Default || value.Value is not int number || limitOf(effective) is not { } limit || number >= limit.Least && number <= limit.Most) continue;
            int nearest = Math.Clamp(number, limit.Least, limit.Most);
            string allowed = number > limit.Most ? $"at most {limit.Most}" : $"at least {limit.Least}";
            problems.Fault(Resolver.Complaint(new RawValue(setting, value.Text!, value.Source), allowed, limit.Why, $"{nearest}"), "It is taken.");
            effective = effective.With(value with { Value = nearest, Text = $"{nearest}" });
        }
        CheckHost(effective, problems);
        CheckDevices(effective, problems);
        return effective;
    }

    /// <summary>Most tokens of a prompt that anybody set, within the context: MindIE cuts it there without a word, too.</summary>
    public static int? InputTokens(EffectiveConfiguration e) => e.Get(ModelSettings.MaxInputTokens) is { } input ? Math.Min(input, (e.Get(ModelSettings.ContextLength) ?? int.MaxValue) - 1) : null;

    static void CheckHost(EffectiveConfiguration e, Problems problems)
    {
        var host = e[ServerSettings.Host];
        if (!e.Get(ServerSettings.Host).Equals(IPAddress.Any) && !e.Get(ServerSettings.Host).Equals(IPAddress.IPv6Any)) return;
        const string Why = "it is every address of the machine, which others can reach";
        if (e.Get(ServerSettings.AllowAllAddresses) is false)
            problems.Fault($"{host.Source} is '{host.Text}'; expected one address, as {e[ServerSettings.AllowAllAddresses].Source} is false. Why: {Why}.", "It is listened on.");
        else if (e.Get(ServerSettings.AllowAllAddresses) is null)
            problems.Warn($"{host.Source} is '{host.Text}': {Why}; {ServerSettings.AllowAllAddresses.Flag} says that it is meant.");
    }

    /// <summary>Three files had to agree about the devices of a model; here nothing depends on them, but who moves to other ones should know.</summary>
    static void CheckDevices(EffectiveConfiguration e, Problems problems)
    {
        var world = e[NpuSettings.WorldSize];
        if (world.Source.Layer == Layer.Default) return;
        int size = e.Get(NpuSettings.WorldSize);
        if (e.Get(NpuSettings.Devices)?.Split("],[")[0].Count(static c => c == ',') + 1 is { } devices && devices != size)
            problems.Warn($"{world.Source} is {size}, but {e[NpuSettings.Devices].Source} names {devices} devices; neither has an effect on the CPU.");
        int slices = e.Get(NpuSettings.DataParallel) * e.Get(NpuSettings.ModelParallel) * e.Get(NpuSettings.PipelineStages);
        if (e[NpuSettings.ModelParallel].Source.Layer != Layer.Default && slices != size)
            problems.Warn($"{world.Source} is {size}, but {e[NpuSettings.ModelParallel].Source} and its neighbours make {slices}; neither has an effect on the CPU.");
    }

    static string Name(EffectiveConfiguration e, Setting setting) => e[setting].Source == Source.Default ? $"{setting.Flag} is {e[setting].Text ?? setting.Unset}" : $"{e[setting].Source} is {e[setting].Text}";
}
