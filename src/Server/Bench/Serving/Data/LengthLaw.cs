using System.Text.Json;

namespace Kdsl.Bench.Serving.Data;

/// <summary>A distribution of lengths, as MindIE's synthetic_config.json writes it; what is drawn is clipped and rounded down.</summary>
/// <param name="Sample">Draws a number before clipping.</param>
sealed record LengthLaw(Func<Random, double> Sample, int Least, int Most)
{
    const int MostTokens = 1 << 20;

    /// <summary>Draws a length.</summary>
    public int Draw(Random random) => (int)Math.Clamp(Sample(random), Least, Most);

    /// <summary>Reads "Input" or "Output" of the file.</summary>
    /// <exception cref="UsageException">Something in it is missing or out of range.</exception>
    public static LengthLaw Read(JsonElement root, string name, string file)
    {
        var law = Member(root, name, file);
        string where = $"{file}: {name}";
        var parameters = Member(law, "Params", where);
        int least = Integer(parameters, "MinValue", 1, MostTokens, where), most = Integer(parameters, "MaxValue", 1, MostTokens, where);
        if (least > most)
            throw new UsageException($"{where}: MinValue is {least}, above MaxValue {most}.");
        string method = Member(law, "Method", where).ToString();
        switch (method)
        {
            case "uniform":
                return new(random => least + (random.NextDouble() * (most - least)), least, most);
            case "gaussian":
                double mean = Number(parameters, "Mean", -3e38, 3e38, where), deviation = Math.Sqrt(Number(parameters, "Var", 0, 3e38, where));
                return new(random => mean + (deviation * Normal(random)), least, most);
            case "zipf":
                double alpha = Number(parameters, "Alpha", Math.BitIncrement(1.0), 10, where);
                return new(random => Zipf(random, alpha), least, most);
            default:
                throw new UsageException($"{where}: Method is '{method}'; expected uniform, gaussian or zipf.");
        }
    }

    /// <summary>A whole number of an object.</summary>
    public static int Integer(JsonElement parent, string name, int least, int most, string where) =>
        Member(parent, name, where) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) && number >= least && number <= most ? number
            : throw new UsageException($"{where}: {name} is '{Member(parent, name, where)}'; expected a whole number from {least} to {most}.");

    static double Number(JsonElement parent, string name, double least, double most, string where) =>
        Member(parent, name, where) is { ValueKind: JsonValueKind.Number } value && value.GetDouble() is var number && number >= least && number <= most ? number
            : throw new UsageException($"{where}: {name} is '{Member(parent, name, where)}'; expected a number from {least:g3} to {most:g3}.");

    static JsonElement Member(JsonElement parent, string name, string where) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) ? value : throw new UsageException($"{where}: '{name}' is missing.");

    // Box and Muller.
    static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    // Devroye, Non-Uniform Random Variate Generation, 10.6: rejection from the power law.
    static double Zipf(Random random, double alpha)
    {
        double b = Math.Pow(2, alpha - 1);
        while (true)
        {
            double u = 1 - random.NextDouble(), v = random.NextDouble(), x = Math.Floor(Math.Pow(u, -1 / (alpha - 1))), t = Math.Pow(1 + (1 / x), alpha - 1);
            if (double.IsInfinity(x) || v * x * (t - 1) / (b - 1) <= t / b)
                return x;
        }
    }
}
