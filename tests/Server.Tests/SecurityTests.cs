using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KernelDsl.Testing;
using Kdsl.Http;

namespace Kdsl.Tests;

/// <summary>Keys, TLS, ids of requests.</summary>
public class SecurityTests
{
    static ScriptedEngine Engine => new(ByteModel.Answer("ok"));

    [Fact]
    public async Task Keys_EveryRouteButThePublicOnes_NeedsOne()
    {
        await using var server = await RunningServer.StartAsync(Engine, new() { ApiKeys = ["sesame", "second"], AdminKeys = ["admin"] });
        string[] needKey = ["/v1/models", "/metrics", "/v1/status", "/info", "/v2/models/org/bytes", "/v1/config", "/health/timed", "/stopService"];
        string[] free = ["/health", "/v2/health/live", "/v2/health/ready", "/", "/chat.js"];

        foreach (var path in needKey)
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.GetAsync(path)).StatusCode);
        foreach (var path in free)
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(path)).StatusCode);
        foreach (var path in (string[])["/v1/chat/completions", "/v1/completions", "/", "/generate", "/generate_stream", "/infer", "/infer_token", "/v1/tokenizer", "/v2/models/org/bytes/generate", "/v1/role/prefill"])
            Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.PostAsync(path, new StringContent("{}"))).StatusCode);
        Assert.DoesNotContain(server.Engine.Requests, r => !r.Id.StartsWith("canary", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Authorization", "Bearer sesame", "/v1/models", 200)]
    [InlineData("Authorization", "bearer second", "/v1/models", 200)]
    [InlineData("X-Api-Key", "sesame", "/v1/models", 200)]
    [InlineData("Authorization", "Bearer sesam", "/v1/models", 401)]
    [InlineData("Authorization", "Basic sesame", "/v1/models", 401)]
    [InlineData("X-Api-Key", "sesame", "/v1/status", 401)]
    [InlineData("X-Api-Key", "admin", "/v1/status", 200)]
    [InlineData("X-Api-Key", "admin", "/v1/models", 401)]
    public async Task Keys_AreComparedByPlane(string header, string value, string path, int status)
    {
        await using var server = await RunningServer.StartAsync(Engine, new() { ApiKeys = ["sesame", "second"], AdminKeys = ["admin"] });
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation(header, value);
        using var response = await server.Client.SendAsync(request);
        Assert.Equal(status, (int)response.StatusCode);
    }

    [Fact]
    public async Task Keys_Missing_IsAnErrorOfTheDialect()
    {
        await using var server = await RunningServer.StartAsync(Engine, new() { ApiKeys = ["sesame"] });
        var (status, body) = await server.GetAsync("/v1/models");
        Assert.Equal((401, "authentication_error"), (status, body.GetProperty("error").GetProperty("type").GetString()));
        Assert.Equal(401, (await server.PostAsync("/infer", "{}")).Status);
    }

    [Fact]
    public async Task RequestId_IsTheClientsOrANewOne_InEveryReply()
    {
        await using var server = await RunningServer.StartAsync(Engine);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/nowhere");
        request.Headers.Add("X-Request-Id", "mine-1");
        using var named = await server.Client.SendAsync(request);
        Assert.Equal(["mine-1", "mine-1"], (string[])[.. named.Headers.GetValues("RequestUUID"), .. named.Headers.GetValues("X-Request-Id")]);
        using var bad = new HttpRequestMessage(HttpMethod.Get, "/health");
        bad.Headers.TryAddWithoutValidation("X-Request-Id", new string('x', 200));
        using var replaced = await server.Client.SendAsync(bad);
        Assert.Equal(32, Assert.Single(replaced.Headers.GetValues("RequestUUID")).Length);
    }

    [Fact]
    public async Task Tls_RenewedFiles_AreUsedWithoutARestart_AndBrokenOnesAreNot()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Write("server", "first");
        await using var server = await RunningServer.StartAsync(Engine, new() { Tls = new(certificate, key, null, [], []) });
        Assert.Equal("CN=first", await SubjectAsync(server.Url));

        await Task.Delay(1100);
        folder.Write("server", "second");
        Assert.Equal("CN=second", await SubjectAsync(server.Url));

        await Task.Delay(1100);
        File.WriteAllText(certificate, "no certificate");
        Assert.Equal("CN=second", await SubjectAsync(server.Url));
    }

    [Fact]
    public async Task Tls_ClientsOfAnAuthority_OthersAreTurnedAway()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Write("server", "server");
        var (authority, _) = folder.Write("ours", "ours");
        await using var server = await RunningServer.StartAsync(Engine, new() { Tls = new(certificate, key, null, [authority], []) });

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Url, folder.Load("ours")));
        folder.Write("theirs", "theirs");
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server.Url, folder.Load("theirs")));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server.Url, null));
    }

    [Fact]
    public async Task Tls_RevokedClients_AreTurnedAway_AsSoonAsTheListSaysSo()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Write("server", "server");
        var (authority, _) = folder.Write("ours", "ours");
        string list = folder.Revoke("ours");
        await using var server = await RunningServer.StartAsync(Engine, new() { Tls = new(certificate, key, null, [authority], [list]) });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Url, folder.Load("ours")));

        await Task.Delay(1100);
        folder.Revoke("ours", folder.Load("ours"));
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync(server.Url, folder.Load("ours")));
    }

    [Fact]
    public void Tls_ListOutOfDate_IsUsedAndTold()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Write("server", "server");
        var (authority, _) = folder.Write("ours", "ours");
        string list = folder.Revoke("ours", folder.Load("ours"), DateTimeOffset.UtcNow.AddHours(-1));
        var told = new List<string>();
        var certificates = new TlsCertificates(new(certificate, key, null, [authority], [list]), told.Add);
        Assert.Contains($"{list} is out of date since", Assert.Single(told));
        Assert.False(certificates.Accepts(folder.Load("ours")));
    }

    [Fact]
    public async Task Tls_Management_HasItsOwnCertificate()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Write("server", "server");
        var (management, managementKey) = folder.Write("management", "management");
        var operators = new IPEndPoint(IPAddress.Loopback, Dialects.ManagementTests.FreePort());
        await using var server = await RunningServer.StartAsync(Engine, new()
        {
            Tls = new(certificate, key, null, [], []), ManagementTls = new(management, managementKey, null, [], []), Management = operators,
        });
        Assert.Equal("CN=server", await SubjectAsync(server.Url));
        Assert.Equal("CN=management", await SubjectAsync(new Uri($"https://{operators}")));
    }

    [Fact]
    public void Tls_BadFiles_AreNamed()
    {
        using var folder = new CertificateFolder();
        var (certificate, key) = folder.Write("server", "x");
        var (_, other) = folder.Write("other", "y");
        foreach (var files in (TlsFiles[])[new(certificate + "x", key, null, [], []), new(certificate, other, null, [], []), new(certificate, key, null, [key + "x"], []), new(certificate, key, null, [certificate], [certificate])])
            Assert.Contains(".pem", Assert.Throws<IOException>(() => new TlsCertificates(files, _ => { })).Message);
    }

    static async Task<string> SubjectAsync(Uri url)
    {
        string? subject = null;
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => (subject = certificate!.Subject) is not null };
        using var client = new HttpClient(handler);
        await client.GetAsync(new Uri(url, "/health"));
        return subject!;
    }

    static async Task<HttpStatusCode> StatusAsync(Uri url, X509Certificate2? certificate)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        if (certificate is not null)
            handler.ClientCertificates.Add(certificate);
        using var client = new HttpClient(handler);
        return (await client.GetAsync(new Uri(url, "/health"))).StatusCode;
    }

    sealed class CertificateFolder : IDisposable
    {
        readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("kdsl-tls-");

        public (string Certificate, string Key) Write(string file, string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            var (at, keyAt) = (Path.Combine(_folder.FullName, $"{file}.pem"), Path.Combine(_folder.FullName, $"{file}.key.pem"));
            File.WriteAllText(at, certificate.ExportCertificatePem());
            File.WriteAllText(keyAt, key.ExportPkcs8PrivateKeyPem());
            return (at, keyAt);
        }

        /// <summary>The list of certificates that the one of a file has revoked.</summary>
        public string Revoke(string file, X509Certificate2? revoked = null, DateTimeOffset? nextUpdate = null)
        {
            var list = new CertificateRevocationListBuilder();
            if (revoked is not null)
                list.AddEntry(revoked);
            string at = Path.Combine(_folder.FullName, $"{file}.crl.pem");
            byte[] der = list.Build(Load(file), 1, nextUpdate ?? DateTimeOffset.UtcNow.AddDays(1), HashAlgorithmName.SHA256, thisUpdate: DateTimeOffset.UtcNow.AddDays(-1));
            File.WriteAllText(at, PemEncoding.WriteString("X509 CRL", der));
            return at;
        }

        public X509Certificate2 Load(string file) =>
            X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPemFile(Path.Combine(_folder.FullName, $"{file}.pem"), Path.Combine(_folder.FullName, $"{file}.key.pem")).Export(X509ContentType.Pkcs12), null);

        public void Dispose() => _folder.Delete(recursive: true);
    }
}
