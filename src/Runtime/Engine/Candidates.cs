namespace KernelDsl.Runtime.Engine;

/// <summary>A token that may be chosen. Ordered best first: by logit, ties by the lower id.</summary>
/// <param name="Weight">What <see cref="Candidates.Prefix"/> counts: 1, or the unnormalised probability.</param>
readonly record struct Candidate(int Id, float Logit, float Weight)
{
    public bool Before(Candidate other) => Logit > other.Logit || (Logit == other.Logit && Id < other.Id);
}

/// <summary>Finds the best tokens without sorting: top-k, top-p and the reported alternatives are all prefixes of the best-first order.</summary>
static class Candidates
{
    /// <summary>
    /// Moves the shortest best-first prefix whose weights reach the target to the front, in no order, and returns its length: at least one,
    /// all of them when their sum stays below. Quickselect, expected linear time.
    /// </summary>
    public static int Prefix(Span<Candidate> candidates, double target)
    {
        int low = 0, high = candidates.Length;
        while (high - low > 1)
        {
            var split = low + Partition(candidates[low..high]);
            var mass = Mass(candidates[low..split]);
            if (mass >= target)
            {
                high = split;
            }
            else
            {
                target -= mass;
                low = split;
            }
        }

        return high;
    }

    /// <summary>Sum of the weights.</summary>
    public static double Mass(ReadOnlySpan<Candidate> candidates)
    {
        var sum = 0.0;
        foreach (var candidate in candidates)
            sum += candidate.Weight;
        return sum;
    }

    /// <summary>Draws one in proportion to its weight; u is uniform in [0, 1).</summary>
    public static int Draw(ReadOnlySpan<Candidate> candidates, double u)
    {
        var target = u * Mass(candidates);
        var sum = 0.0;
        var last = candidates[0].Id;
        foreach (var candidate in candidates)
        {
            if (candidate.Weight == 0)
                continue;
            last = candidate.Id;
            sum += candidate.Weight;
            if (sum > target)
                break;
        }

        return last;
    }

    /// <summary>Hoare partition of two or more around the median of three; both sides are non-empty, the first holds the better ones.</summary>
    static int Partition(Span<Candidate> candidates)
    {
        var middle = (candidates.Length - 1) / 2;
        Order(ref candidates[0], ref candidates[middle]);
        Order(ref candidates[middle], ref candidates[^1]);
        Order(ref candidates[0], ref candidates[middle]);

        var pivot = candidates[middle];
        int left = -1, right = candidates.Length;
        while (true)
        {
            do left++; while (candidates[left].Before(pivot));
            do right--; while (pivot.Before(candidates[right]));
            if (left >= right)
                return right + 1;
            (candidates[left], candidates[right]) = (candidates[right], candidates[left]);
        }
    }

    static void Order(ref Candidate better, ref Candidate worse)
    {
        if (worse.Before(better))
            (better, worse) = (worse, better);
    }
}
