namespace Kdsl.Bench;

/// <summary>Interleaves a kernel with the limit that binds it, and prints the median of the ratios.</summary>
static class Measure
{
    /// <summary>Columns of a name.</summary>
    public const int NameWidth = 44;

    /// <summary>Prints one line.</summary>
    /// <param name="output">Where.</param>
    /// <param name="name">What runs.</param>
    /// <param name="amount">Bytes or floating-point operations of one run.</param>
    /// <param name="unit">GB or GFLOP.</param>
    /// <param name="limit">Measures the limit, in amount per second.</param>
    /// <param name="run">Runs it once.</param>
    /// <param name="threads">Threads that run it.</param>
    public static void Ratio(TextWriter output, int threads, string name, double amount, string unit, Func<double> limit, Action run)
    {
        const int Rounds = 7;
        const double RoundSeconds = 0.08;
        run();
        var once = Seconds(threads, run, 1);
        int repeats = Math.Clamp((int)(RoundSeconds / once), 1, 2000);
        var ratios = new List<double>();
        var rates = new List<double>();
        for (int i = 0; i < Rounds; i++)
        {
            double bound = limit(), rate = amount / Seconds(threads, run, repeats);
            rates.Add(rate);
            ratios.Add(rate / bound);
        }

        output.WriteLine($"{name,-NameWidth} {Median(rates) / 1e9,8:F1} {unit}/s {100 * Median(ratios),6:F1} % of limit   {amount / Median(rates) * 1e6,10:F1} us");
    }

    static double Seconds(int threads, Action run, int repeats)
    {
        double begin = Clock.Now(threads);
        for (int i = 0; i < repeats; i++)
            run();
        return (Clock.Now(threads) - begin) / repeats;
    }

    static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
