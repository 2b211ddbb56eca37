using System.Net;

namespace Kdsl.Http;

/// <summary>Where and how to serve.</summary>
sealed record ServerOptions
{
    /// <summary>Loopback unless the user says otherwise: there is no authentication.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free port.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>A larger body is refused with 413. Two million tokens of text fit the default.</summary>
    public long MaxRequestBytes { get; init; } = 8 << 20;

    /// <summary>How long running requests may go on after a signal to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
