using System.Net;
using Kdsl.Dialects;
using Kdsl.Management;

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

    /// <summary>Refuse what would otherwise be ignored or cut, and told in a header.</summary>
    public bool Strict { get; init; }

    /// <summary>Where operators reach it; null: where clients do.</summary>
    public IPEndPoint? Management { get; init; }

    /// <summary>Where Prometheus reaches it; null: where operators do.</summary>
    public IPEndPoint? Metrics { get; init; }

    /// <summary>A step that takes longer is taken to hang; readiness says so.</summary>
    public TimeSpan StepTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time of a request; null: none.</summary>
    public TimeSpan? RequestTimeout { get; init; }

    /// <summary>Most tokens of a prompt; null: one less than the context.</summary>
    public int? MaxInputTokens { get; init; }

    /// <summary>What is done with a longer one.</summary>
    public Truncation Truncation { get; init; }

    /// <summary>The last event of a streamed chat answer has the whole text too, as <c>full_text</c>.</summary>
    public bool FullText { get; init; }

    /// <summary>Most connections of an address that are open at once; the next are closed. Null: no limit.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Most tokens of an answer; null: what the context leaves.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>A client asked the server to stop: in order, or at once.</summary>
    public Action<bool> Stop { get; init; } = _ => { };

    /// <summary>The addresses of all planes.</summary>
    public Planes Planes
    {
        get
        {
            var business = new IPEndPoint(Address, Port);
            var management = Management ?? business;
            return new(new Dictionary<PlaneKind, IPEndPoint>
            {
                [PlaneKind.Business] = business,
                [PlaneKind.Management] = management,
                [PlaneKind.Metrics] = Metrics ?? management,
            });
        }
    }

    /// <summary>Keys of clients; empty: everybody who can reach it may call.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Keys of operators; empty: the clients'.</summary>
    public IReadOnlyList<string> AdminKeys { get; init; } = [];

    /// <summary>Origins whose pages may call from a browser, as <see cref="CrossOrigin"/> reads them.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];

    /// <summary>Files for HTTPS; null: HTTP.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>Those of addresses that no client asks; null: the same.</summary>
    public TlsFiles? ManagementTls { get; init; }

    /// <summary>The files of all addresses.</summary>
    public IEnumerable<TlsFiles> TlsInUse => Planes.Listeners.Select(TlsOf).OfType<TlsFiles>();

    /// <summary>The files of an address that serves so many planes; null: HTTP.</summary>
    public TlsFiles? TlsOf(IEnumerable<PlaneKind> planes) => planes.Contains(PlaneKind.Business) ? Tls : ManagementTls ?? Tls;

    /// <summary>Log lines are JSON objects.</summary>
    public bool JsonLog { get; init; }

    /// <summary>The least that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>How long running requests may go on after a signal to stop.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
