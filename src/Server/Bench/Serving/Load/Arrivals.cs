namespace Kdsl.Bench.Serving.Load;

/// <summary>When requests arrive in an open loop: independent gaps with a mean of 1/rate, as MindIE draws them.</summary>
/// <param name="Rate">Requests a second.</param>
/// <param name="Poisson">Gaps are exponential (a Poisson process); else uniform from 0 to 2/rate.</param>
/// <param name="Seed">Fixes them.</param>
sealed record Arrivals(double Rate, bool Poisson, int Seed)
{
    /// <summary>Arrival times in seconds, without end; the first is one gap after the start.</summary>
    public IEnumerable<double> Times()
    {
        var random = new Random(Seed);
        for (double time = 0; ;)
        {
            time += Poisson ? -Math.Log(1 - random.NextDouble()) / Rate : random.NextDouble() * 2 / Rate;
            yield return time;
        }
    }
}
