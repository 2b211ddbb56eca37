namespace KernelDsl.Runtime.Grammar.Characters;

/// <summary>A set of Unicode scalar values, as ranges in order that neither touch nor hold surrogates. Equal by value.</summary>
sealed class CharSet : IEquatable<CharSet>
{
    const int Last = 0x10FFFF;

    readonly (int Low, int High)[] _ranges;

    CharSet((int Low, int High)[] ranges) => _ranges = ranges;

    /// <summary>None.</summary>
    public static CharSet None { get; } = new([]);

    /// <summary>All.</summary>
    public static CharSet Any { get; } = Of((0, Last));

    /// <summary>Inclusive ranges, in order.</summary>
    public ReadOnlySpan<(int Low, int High)> Ranges => _ranges;

    /// <summary>It holds nothing.</summary>
    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>All of it lies below 0x80.</summary>
    public bool IsAscii => IsEmpty || _ranges[^1].High < 0x80;

    /// <summary>The union of inclusive ranges in any order; surrogates are left out.</summary>
    public static CharSet Of(params IEnumerable<(int Low, int High)> ranges)
    {
        var merged = new List<(int Low, int High)>();
        foreach (var (low, high) in ranges.SelectMany(WithoutSurrogates).Order())
        {
            if (merged.Count > 0 && low <= merged[^1].High + 1)
                merged[^1] = (merged[^1].Low, Math.Max(high, merged[^1].High));
            else
                merged.Add((low, high));
        }

        return new CharSet([.. merged]);
    }

    /// <summary>One character.</summary>
    public static CharSet Of(int character) => Of((character, character));

    public CharSet Union(CharSet other) => Of([.. _ranges, .. other._ranges]);

    public CharSet Complement()
    {
        var gaps = new List<(int, int)>();
        var next = 0;
        foreach (var (low, high) in _ranges)
        {
            if (low > next)
                gaps.Add((next, low - 1));
            next = high + 1;
        }

        if (next <= Last)
            gaps.Add((next, Last));
        return Of(gaps);
    }

    public CharSet Intersect(CharSet other)
    {
        var common = new List<(int, int)>();
        for (int i = 0, j = 0; i < _ranges.Length && j < other._ranges.Length;)
        {
            var low = Math.Max(_ranges[i].Low, other._ranges[j].Low);
            var high = Math.Min(_ranges[i].High, other._ranges[j].High);
            if (low <= high)
                common.Add((low, high));
            if (_ranges[i].High < other._ranges[j].High)
                i++;
            else
                j++;
        }

        return new CharSet([.. common]);
    }

    public CharSet Except(CharSet other) => Intersect(other.Complement());

    public bool Contains(int character)
    {
        foreach (var (low, high) in _ranges)
        {
            if (character <= high)
                return character >= low;
        }

        return false;
    }

    public bool Equals(CharSet? other) => other is not null && _ranges.AsSpan().SequenceEqual(other._ranges);

    public override bool Equals(object? obj) => Equals(obj as CharSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var range in _ranges)
            hash.Add(range);
        return hash.ToHashCode();
    }

    static IEnumerable<(int, int)> WithoutSurrogates((int Low, int High) range)
    {
        if (range.Low < 0xD800)
            yield return (range.Low, Math.Min(range.High, 0xD7FF));
        if (range.High > 0xDFFF)
            yield return (Math.Max(range.Low, 0xE000), range.High);
    }
}
