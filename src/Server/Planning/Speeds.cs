using Kdsl.Bench;

namespace Kdsl.Planning;

/// <summary>What the machine can do.</summary>
/// <param name="Read">Bytes per second from memory.</param>
/// <param name="Multiply">Floating-point operations per second in fp32.</param>
sealed record Speeds(double Read, double Multiply)
{
    /// <summary>Measured now, for a second or two.</summary>
    public static Speeds Measure(int threads)
    {
        // The first run touches the memory and compiles.
        _ = Machine.ReadBandwidth(threads);
        return new(Machine.ReadBandwidth(threads), Machine.FusedMultiplyAdds(threads));
    }
}
