using System.Net;
using Kdsl.Configuration.Table;
using Kdsl.Dialects;
using Kdsl.Http;

namespace Kdsl.Configuration;

/// <summary>The HTTP server: where it listens, whom it lets in, and what it bears.</summary>
sealed record ServerConfiguration
{
    // MindIE's HTTP server has as many threads as maxLinkNum says, twice as many connections wait for one, and the next is refused.
    const int ConnectionsPerLink = 3;

    /// <summary>Address and port of requests, size of a body, time to drain.</summary>
    public required ServerOptions Options { get; init; }

    /// <summary>Most requests that wait; null: the engine's default.</summary>
    public required int? QueueLimit { get; init; }

    /// <summary>From the settings.</summary>
    public static ServerConfiguration Of(EffectiveConfiguration e) => new()
    {
        Options = new ServerOptions
        {
            Address = e.Get(ServerSettings.Host),
            Port = e.Get(ServerSettings.Port),
            Management = Plane(e, ServerSettings.ManagementPort),
            Metrics = Plane(e, ServerSettings.MetricsPort),
            MaxRequestBytes = e.Get(ServerSettings.MaxRequestBytes),
            DrainTimeout = TimeSpan.FromSeconds(e.Get(ServerSettings.DrainTimeout)),
            StepTimeout = TimeSpan.FromSeconds(e.Get(ServerSettings.TokenTimeout)),
            RequestTimeout = e.Get(ServerSettings.RequestTimeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            MaxInputTokens = Rules.InputTokens(e),
            Truncation = e.Get(ModelSettings.Truncation) switch
            {
                "true" or "left" or "1" => Truncation.Left,
                "right" or "-1" => Truncation.Right,
                _ => Truncation.None,
            },
            MaxOutputTokens = e.Get(ScheduleSettings.MaxIterTimes),
            MaxConnections = ConnectionsPerLink * e.Get(ServerSettings.MaxConnections),
            FullText = e.Get(ServerSettings.FullText),
            Strict = e.Get(ServerSettings.StrictRequests),
            ApiKeys = [.. e.Get(ServerSettings.ApiKeys), .. Keys(e.Path(ServerSettings.ApiKeyFile))],
            AdminKeys = e.Get(ServerSettings.AdminKeys),
            AllowedOrigins = e.Get(ServerSettings.CorsOrigins),
            Tls = e.Get(TlsSettings.Enabled) ? Tls(TlsConfiguration.OfRequests(e)) : null,
            ManagementTls = e.Get(TlsSettings.Enabled) ? Tls(TlsConfiguration.OfManagement(e)) : null,
            JsonLog = e.Get(LogSettings.Format) == LogSettings.Json,
            LogLevel = LogSettings.LevelOf(e.Get(LogSettings.Level)),
        },
        QueueLimit = e.Get(ServerSettings.QueueLimit),
    };

    /// <summary>The address of a plane with a port of its own; null: where the plane before it is.</summary>
    static IPEndPoint? Plane(EffectiveConfiguration e, Setting<int?> port) => e.Get(port) is null && e.Get(ServerSettings.ManagementHost) is null ? null
        : new IPEndPoint(e.Get(ServerSettings.ManagementHost) ?? e.Get(ServerSettings.Host), e.Get(port) ?? e.Get(ServerSettings.ManagementPort) ?? e.Get(ServerSettings.Port));

    static TlsFiles Tls(TlsConfiguration files) => new(
        files.Certificate ?? throw new UsageException($"{TlsSettings.Enabled.Flag} needs {TlsSettings.Certificate.Flag}, a PEM file."),
        files.Key, files.KeyPasswordFile, files.CaFiles, files.RevokedFiles);

    static IEnumerable<string> Keys(string? file)
    {
        try
        {
            return file is null ? [] : File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#').ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{ServerSettings.ApiKeyFile.Flag} cannot be read: {e.Message}", e);
        }
    }
}
