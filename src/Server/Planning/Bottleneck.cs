using Kdsl.Configuration;

namespace Kdsl.Planning;

/// <summary>One resource that requests share.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Allows">Requests that it lets run at once.</param>
/// <param name="Detail">How that comes.</param>
/// <param name="Remedy">What to change where it binds.</param>
sealed record Resource(string Name, long Allows, string Detail, string Remedy);

/// <summary>Which resource keeps a load from running at once; where none does, the machine itself is the limit.</summary>
static class Bottleneck
{
    /// <summary>Every resource; the first with the least is the bottleneck.</summary>
    public static IReadOnlyList<Resource> Resources(ServePlan plan, ScheduleConfiguration schedule, Load load)
    {
        var limits = plan.Footprint.Limits;
        int pages = plan.PagesOf(load.Tokens);
        // Of equals the first binds: prompts at once are never more than sequences. Prompts that wait for each other come one group at a time; answers that start later end later.
        return
        [
            new("sequences at once", limits.MaxSequences, $"maxBatchSize (--max-batch) is {limits.MaxSequences}", $"set --max-batch to {load.Clients}"),
            new("prompts at once", schedule.Options.MaxPrefillBatch, $"maxPrefillBatchSize is {schedule.Options.MaxPrefillBatch}", $"set maxPrefillBatchSize (--max-prefill-batch-size) to {load.Clients}"),
            new("keys and values", limits.PageCount / pages, $"{load.Tokens} tokens take {pages} of {limits.PageCount} pages", $"give --kv-memory {ServePlan.Bytes((double)pages * load.Clients * plan.Footprint.PageBytes)}, or --kv-cache-dtype int8"),
        ];
    }

    /// <summary>The one that binds; null: none does.</summary>
    public static Resource? Of(IReadOnlyList<Resource> resources, Load load) => resources.Where(r => r.Allows < load.Clients).MinBy(static r => r.Allows);
}
