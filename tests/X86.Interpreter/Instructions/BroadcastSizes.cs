using System.Globalization;
using Iced.Intel;

namespace KernelDsl.X86Interpreter.Instructions;

/// <summary>Bytes that an embedded broadcast fills: the decoder tells them by name only (its size is the element's).</summary>
internal static class BroadcastSizes
{
    private const string Prefix = "Broadcast";

    private static readonly Dictionary<MemorySize, int> _bytes = Enum.GetValues<MemorySize>()
        .Where(static m => m.ToString().StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(static m => m, static m => int.Parse(m.ToString().Split('_')[0].AsSpan(Prefix.Length), CultureInfo.InvariantCulture) / 8);

    public static int Of(MemorySize size) => _bytes[size];
}
