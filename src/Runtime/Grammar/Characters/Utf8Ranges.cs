namespace KernelDsl.Runtime.Grammar.Characters;

/// <summary>Ranges of characters as sequences of ranges of bytes: every character of a range, and nothing else, is spelt by one of them.</summary>
static class Utf8Ranges
{
    /// <summary>The sequences of 1 to 4 byte ranges for an inclusive range without surrogates (the split of Thompson's grep and of RE2).</summary>
    public static IEnumerable<(byte Low, byte High)[]> Of(int low, int high)
    {
        foreach (var last in (int[])[0x7F, 0x7FF, 0xFFFF])
        {
            if (low <= last && high > last)
                return Of(low, last).Concat(Of(last + 1, high));
        }

        // A range whose bytes vary independently differs in whole blocks of continuation bytes only.
        for (var bytes = 1; high > 0x7F && bytes < 4; bytes++)
        {
            var mask = (1 << (6 * bytes)) - 1;
            if ((low & ~mask) == (high & ~mask))
                break;
            if ((low & mask) != 0)
                return Of(low, low | mask).Concat(Of((low | mask) + 1, high));
            if ((high & mask) != mask)
                return Of(low, (high & ~mask) - 1).Concat(Of(high & ~mask, high));
        }

        Span<byte> first = stackalloc byte[4], final = stackalloc byte[4];
        var length = new System.Text.Rune(low).EncodeToUtf8(first);
        new System.Text.Rune(high).EncodeToUtf8(final);
        var sequence = new (byte, byte)[length];
        for (var i = 0; i < length; i++)
            sequence[i] = (first[i], final[i]);
        return [sequence];
    }
}
