using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Kdsl.Bench.Serving.Data;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>Connections to servers: one for each request, straight to the host, with the certificates of --ConfigPath.</summary>
static class Connections
{
    static readonly TimeSpan _connectTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A client without a time limit of its own.</summary>
    /// <param name="configPath">MindIE's config.json of the benchmark, whose CertConfig names CA_CERT, CERT_FILE and KEY_FILE (PEM); null: the machine's authorities.</param>
    /// <exception cref="UsageException">A file of it cannot be read.</exception>
    public static HttpClient Open(string? configPath) => new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = int.MaxValue,
        ConnectTimeout = _connectTimeout,
        // A request on a connection that the server has just given up would fail, and it is the client that would have lost it. Users come on connections of their own.
        PooledConnectionLifetime = TimeSpan.Zero,
        // A proxy's time is not the server's.
        UseProxy = false,
        AllowAutoRedirect = false,
        SslOptions = configPath is null ? new() : Certificates(configPath),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    static SslClientAuthenticationOptions Certificates(string configPath)
    {
        try
        {
            var config = JsonElement.Parse(DataFiles.ReadText(configPath)).Get("CertConfig") ?? throw new UsageException($"--ConfigPath is '{configPath}', which has no CertConfig.");
            var options = new SslClientAuthenticationOptions();
            if (config.Get("CERT_FILE").Text() is { } certificate && config.Get("KEY_FILE").Text() is { } key)
                options.ClientCertificates = new X509CertificateCollection { X509Certificate2.CreateFromPemFile(certificate, key) };
            if (config.Get("CA_CERT").Text() is { } authority)
            {
                var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                policy.CustomTrustStore.ImportFromPemFile(authority);
                options.CertificateChainPolicy = policy;
            }

            return options;
        }
        catch (Exception e) when (e is JsonException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--ConfigPath is '{configPath}': {e.Message}", e);
        }
    }
}
