namespace KernelDsl.Runtime.Grammar.Json.Schema;

/// <summary>Formats of strings that are enforced, as regular expressions of the whole string (RFC 3339, RFC 4122, RFC 2673).</summary>
static class Formats
{
    const string Day = @"[0-9]{4}-(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|[0-9]{4}-(0[469]|11)-(0[1-9]|[12][0-9]|30)|[0-9]{4}-02-(0[1-9]|1[0-9]|2[0-8])";
    const string Clock = @"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    const string Byte = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    // 29 February in the years that have it.
    const string LeapDay = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29";

    /// <summary>The expression of a format; null: it is not one of these.</summary>
    public static string? Of(string format) => format switch
    {
        "date" => $"({Day}|{LeapDay})",
        "time" => Clock,
        "date-time" => $"({Day}|{LeapDay})T{Clock}",
        "uuid" or "uuid1" or "uuid2" or "uuid3" or "uuid4" or "uuid5" => "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
        "ipv4" => $@"{Byte}(\.{Byte}){{3}}",
        _ => null,
    };
}
