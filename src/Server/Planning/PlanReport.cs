using System.Globalization;
using Kdsl.Configuration;

namespace Kdsl.Planning;

/// <summary>What <c>kdsl plan</c> prints.</summary>
static class PlanReport
{
    /// <summary>Prints a plan for a load.</summary>
    public static void Print(ServePlan plan, ServeConfiguration configuration, Load load, Speeds speeds, TextWriter output)
    {
        var (f, c, limits) = (plan.Footprint, plan.Config, plan.Footprint.Limits);
        void Line(string name, FormattableString text) => output.WriteLine($"{name,-13} {text.ToString(CultureInfo.InvariantCulture)}");

        Line("model", $"{f.Parameters:N0} parameters in {c.Layers} layers, {c.VocabularySize:N0} x {c.HiddenSize}; context {limits.ContextLength:N0} of {c.ContextLength:N0}{(c.Rope.Yarn is { } yarn ? $", YaRN x{yarn.Factor} from {yarn.OriginalContext:N0}" : "")}");
        Line("weights", $"{ServePlan.Bytes(f.WeightBytes)} ({f.WeightBytes / (double)(1 << 30):F1} GiB)");
        Line("token", $"{f.BytesPerToken / 1024:F0} KiB of keys and values");
        Line("page", $"{limits.PageSize} tokens, {f.PageBytes / (double)(1 << 20):F1} MiB");
        Line("cache", $"{ServePlan.Bytes(f.CacheBytes)}: {limits.PageCount:N0} pages, {plan.CacheTokens:N0} tokens");
        Line("activations", $"about {ServePlan.Bytes(f.ActivationBytes)}; rotary tables {ServePlan.Bytes(f.TableBytes)} for {limits.ContextLength:N0} positions");
        Line("in all", $"{ServePlan.Bytes(f.TotalBytes)} of {ServePlan.Bytes(plan.Available)}{(f.TotalBytes > plan.Available ? ": more than there is" : "")}");
        foreach (int length in ((int[])[load.Tokens, 2048, 8192, 32768, limits.ContextLength]).Where(l => l <= limits.ContextLength).Distinct().Order())
            Line("fit", $"{plan.Fitting(length):N0} requests of {length:N0} tokens");
        Line("machine", $"reads {ServePlan.Bytes(speeds.Read)}/s, {speeds.Multiply / 1e9:F0} GFLOP/s in fp32");

        int together = (int)Math.Clamp(Bottleneck.Resources(plan, configuration.Schedule, load).Min(static r => r.Allows), 1, load.Clients);
        Line("prompt", $"of {load.Input:N0} tokens: about {Time(plan.PrefillSeconds(load.Input, speeds))}");
        foreach (int sequences in ((int[])[1, together, load.Clients]).Distinct())
            Line("step", $"of {sequences} at {load.Tokens:N0} tokens: about {Time(plan.DecodeSeconds(sequences, load.Tokens, speeds))}, {sequences / plan.DecodeSeconds(sequences, load.Tokens, speeds):F1} token/s in all");
        if (configuration.Model.NpuMemory > 0)
            Line("npuMemSize", $"{configuration.Model.NpuMemory} GB on {configuration.Model.WorldSize} devices hold {configuration.Model.NpuMemory * (double)(1L << 30) * configuration.Model.WorldSize / f.BytesPerToken:N0} tokens; this load takes {(long)load.Clients * load.Tokens:N0}{(configuration.Model.NpuMemory * (double)(1L << 30) * configuration.Model.WorldSize >= (double)load.Clients * load.Tokens * f.BytesPerToken ? ": more of it cannot help" : "")}");
        PrintBottleneck(plan, configuration, load, speeds, output);
    }

    static void PrintBottleneck(ServePlan plan, ServeConfiguration configuration, Load load, Speeds speeds, TextWriter output)
    {
        var resources = Bottleneck.Resources(plan, configuration.Schedule, load);
        output.WriteLine($"\n{load.Clients} requests of {load.Input} + {load.Output} tokens at once:");
        foreach (var r in resources) output.WriteLine($"  {r.Name,-18} {(r.Allows < load.Clients ? "limits" : "enough")}: {r.Allows} ({r.Detail})");
        if (Bottleneck.Of(resources, load) is { } binding)
        {
            output.WriteLine($"bottleneck: {binding.Name}: {binding.Detail}, of {load.Clients} requests; {binding.Remedy}. More of the others cannot help.");
            return;
        }
        bool reading = plan.Footprint.ReadBytes / speeds.Read >= load.Clients * 2 * plan.LayerProducts / speeds.Multiply;
        output.WriteLine(reading
            ? "bottleneck: memory bandwidth: each step reads all weights; --weights int8 or int4 reads less, and more requests at once cost little. More memory cannot help."
            : "bottleneck: arithmetic: a step of so many requests multiplies longer than it reads; more cores help. More memory cannot.");
    }

    static string Time(double seconds) => seconds >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F2} s") : string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:F1} ms");
}
