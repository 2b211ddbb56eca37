namespace KernelDsl.Runtime.Engine;

/// <summary>
/// How often the token after a match came again, by the length of the match: recent times count more. A sequence's rates start from
/// those of all sequences of the engine, whose start is hopeful.
/// </summary>
sealed class HitRates
{
    // Engine-wide: what text that repeats itself shows. The weight lets a few dozen tokens overrule it.
    static readonly double[] Hopeful = [0.3, 0.4, 0.5, 0.7, 0.8, 0.9];
    const double HopefulWeight = 8, SharedWeight = 4, SharedMemory = 1.0 / 256, OwnMemory = 1.0 / 32;

    readonly HitRates? _shared;
    readonly double[] _hits = new double[Hopeful.Length];
    readonly double[] _trials = new double[Hopeful.Length];

    /// <summary>Those of all sequences.</summary>
    public HitRates()
    {
        for (var i = 0; i < Hopeful.Length; i++)
            (_hits[i], _trials[i]) = (HopefulWeight * Hopeful[i], HopefulWeight);
    }

    /// <summary>Those of one sequence.</summary>
    public HitRates(HitRates shared) => _shared = shared;

    /// <summary>Probability that the token after a match of so many tokens comes again.</summary>
    public double Of(int match)
    {
        var i = Class(match);
        return _shared is null ? _hits[i] / _trials[i] : (_hits[i] + SharedWeight * _shared.Of(match)) / (_trials[i] + SharedWeight);
    }

    /// <summary>Counts one token that came after a match.</summary>
    public void Observe(int match, bool hit)
    {
        var i = Class(match);
        var keep = 1 - (_shared is null ? SharedMemory : OwnMemory);
        _hits[i] = keep * _hits[i] + (hit ? 1 : 0);
        _trials[i] = keep * _trials[i] + 1;
        _shared?.Observe(match, hit);
    }

    static int Class(int match) => match switch { <= 2 => 0, 3 => 1, 4 => 2, <= 8 => 3, <= 16 => 4, _ => 5 };
}
