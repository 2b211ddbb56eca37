using System.Net;
using Kdsl.Configuration.Table;
using Kdsl.Http;

namespace Kdsl.Configuration;

/// <summary>The HTTP server: where it listens, whom it lets in, and what it bears.</summary>
sealed record ServerConfiguration
{
    /// <summary>Address and port of requests, size of a body, time to drain.</summary>
    public required ServerOptions Options { get; init; }

    /// <summary>Address of health and metrics; null: that of requests.</summary>
    public required IPAddress? ManagementAddress { get; init; }

    /// <summary>Port of health and management; null: that of requests. Equal ports on equal addresses are one.</summary>
    public required int? ManagementPort { get; init; }

    /// <summary>Port of the metrics; null: that of requests.</summary>
    public required int? MetricsPort { get; init; }

    /// <summary>Most connections at once.</summary>
    public required int MaxConnections { get; init; }

    /// <summary>Most requests that wait; null: no limit.</summary>
    public required int? QueueLimit { get; init; }

    /// <summary>Most time to the next token.</summary>
    public required TimeSpan TokenTimeout { get; init; }

    /// <summary>Most time of a whole request.</summary>
    public required TimeSpan RequestTimeout { get; init; }

    /// <summary>Keys of which a client must send one; none: everybody may ask.</summary>
    public required IReadOnlyList<string> ApiKeys { get; init; }

    /// <summary>A file of further ones.</summary>
    public required string? ApiKeyFile { get; init; }

    /// <summary>Whether events of MindIE's streams carry the text so far.</summary>
    public required bool FullText { get; init; }

    /// <summary>MindIE's reading of OpenAI's routes.</summary>
    public required string OpenAiSupport { get; init; }

    /// <summary>Certificates of requests; null: plain HTTP.</summary>
    public required TlsConfiguration? Tls { get; init; }

    /// <summary>Certificates of management; null: plain HTTP.</summary>
    public required TlsConfiguration? ManagementTls { get; init; }

    /// <summary>From the settings.</summary>
    public static ServerConfiguration Of(EffectiveConfiguration e) => new()
    {
        Options = new ServerOptions
        {
            Address = e.Get(ServerSettings.Host),
            Port = e.Get(ServerSettings.Port),
            MaxRequestBytes = e.Get(ServerSettings.MaxRequestBytes),
            DrainTimeout = TimeSpan.FromSeconds(e.Get(ServerSettings.DrainTimeout)),
        },
        ManagementAddress = e.Get(ServerSettings.ManagementHost),
        ManagementPort = e.Get(ServerSettings.ManagementPort),
        MetricsPort = e.Get(ServerSettings.MetricsPort),
        MaxConnections = e.Get(ServerSettings.MaxConnections),
        QueueLimit = e.Get(ServerSettings.QueueLimit),
        TokenTimeout = TimeSpan.FromSeconds(e.Get(ServerSettings.TokenTimeout)),
        RequestTimeout = TimeSpan.FromSeconds(e.Get(ServerSettings.RequestTimeout)),
        ApiKeys = e.Get(ServerSettings.ApiKeys),
        ApiKeyFile = e.Path(ServerSettings.ApiKeyFile),
        FullText = e.Get(ServerSettings.FullText),
        OpenAiSupport = e.Get(ServerSettings.OpenAiSupport),
        Tls = e.Get(TlsSettings.Enabled) ? TlsConfiguration.OfRequests(e) : null,
        ManagementTls = e.Get(TlsSettings.Enabled) ? TlsConfiguration.OfManagement(e) : null,
    };
}
