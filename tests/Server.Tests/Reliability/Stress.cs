using System.Globalization;

namespace Kdsl.Tests.Reliability;

/// <summary>How hard the stress tests press.</summary>
static class Stress
{
    /// <summary>The variable that sets the number of requests of each of them, for a longer run by hand.</summary>
    public const string Variable = "KDSL_STRESS_REQUESTS";

    /// <summary>Requests of a test: <see cref="Variable"/>, or so many.</summary>
    public static int Requests(int usually) =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usually;
}
