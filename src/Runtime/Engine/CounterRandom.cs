namespace KernelDsl.Runtime.Engine;

/// <summary>
/// Random numbers as a pure function of a key and a counter (SplitMix64's finaliser, Steele et al. 2014, twice), so that what a request
/// draws depends on its seed and its token index only, never on the batch it runs in.
/// </summary>
public static class CounterRandom
{
    const ulong Golden = 0x9E3779B97F4A7C15;

    /// <summary>Uniform in [0, 1), a multiple of 2^-53.</summary>
    public static double Uniform(ulong seed, int index) =>
        (Mix(Mix(seed + Golden) + ((ulong)index + 1) * Golden) >> 11) * (1.0 / (1UL << 53));

    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
