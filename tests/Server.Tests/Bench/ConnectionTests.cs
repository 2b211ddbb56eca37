using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kdsl.Bench.Serving;

namespace Kdsl.Tests.Bench;

public sealed class ConnectionTests : IDisposable
{
    const string Stream = "data: {\"token\":{\"id\":1,\"text\":\"a\"},\"generated_text\":\"a\",\"details\":null}\n\n";

    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-bench-").FullName;

    [Fact]
    public async Task Https_IsTrustedByConfigPathAlone()
    {
        using var certificate = Certificate();
        File.WriteAllText(Path.Combine(_folder, "ca.pem"), certificate.ExportCertificatePem());
        string config = Path.Combine(_folder, "config.json");
        File.WriteAllText(config, $$$"""{"CertConfig":{"CA_CERT":"{{{Path.Combine(_folder, "ca.pem")}}}"}}""");
        await using var server = await FakeServer.StartAsync(certificate, "/generate_stream", FakeServer.Reply(Stream));

        Assert.Equal("https", server.Url.Scheme);
        var options = Asking.Options(server.Url, TestType.Tgi);
        Assert.Equal((null, "a"), await AskAsync(options with { ConfigPath = config }));
        Assert.NotNull((await AskAsync(options)).Failure);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task Requests_ShareNoConnection()
    {
        // llama-server gives up kept-alive connections without saying so.
        var connections = new ConcurrentBag<string>();
        await using var server = await FakeServer.StartAsync(("/generate_stream", context =>
        {
            connections.Add(context.Connection.Id);
            return FakeServer.Reply(Stream)(context);
        }));

        var results = await Asking.AskAllAsync(Asking.Options(server.Url, TestType.Tgi), new("0", "One"), new("1", "Two"), new("2", "Three"));
        Assert.All(results, static result => Assert.Null(result.Failure));
        Assert.Equal(3, connections.Distinct().Count());
    }

    [Theory]
    [InlineData("{}", "which has no CertConfig")]
    [InlineData("{", "config.json': ")]
    [InlineData("""{"CertConfig":{"CA_CERT":"/no/such/ca.pem"}}""", "/no/such/ca.pem")]
    public async Task ConfigPath_ThatCannotBeRead_IsNamed(string text, string message)
    {
        string config = Path.Combine(_folder, "config.json");
        File.WriteAllText(config, text);
        var refusal = await Assert.ThrowsAsync<UsageException>(() => AskAsync(Asking.Options(new Uri("https://127.0.0.1:9"), TestType.Tgi) with { ConfigPath = config }));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    static async Task<(string? Failure, string? Text)> AskAsync(ServingOptions options)
    {
        var result = await Asking.AskAsync(options);
        return (result.Failure, result.Text);
    }

    static X509Certificate2 Certificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=kdsl-bench-test", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
