using System.ClientModel;
using System.ClientModel.Primitives;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using KernelDsl.Testing;
using OpenAI;
using OpenAI.Chat;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_security.py: keys, and which pages may call.</summary>
public class SecurityTests(SecurityTests.Guarded guarded) : IClassFixture<SecurityTests.Guarded>
{
    const string Key = "sk-this-is-the-secret-key", Path = "/v1/completions", Body = """{"prompt":"I believe the meaning of life is"}""";

    /// <summary>A server with a key, that pages of this machine and of one other origin may call.</summary>
    public sealed class Guarded : IAsyncLifetime
    {
        internal RunningServer Http { get; private set; } = null!;

        public async Task InitializeAsync() => Http = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("ok")),
            new() { ApiKeys = [Key], AllowedOrigins = ["localhost", "https://web.mydomain.fr"] });

        public async Task DisposeAsync() => await Http.DisposeAsync();
    }

    [Theory]
    [InlineData("/health")]
    [InlineData("/")]
    [InlineData("/chat.js")]
    [InlineData("/chat.css")]
    public async Task PublicRoutes_NeedNoKey(string path) => Assert.Equal(HttpStatusCode.OK, (await guarded.Http.Client.GetAsync(path)).StatusCode);

    [Theory]
    [InlineData(null, null, 401)]
    [InlineData("Authorization", "Bearer invalid-key", 401)]
    [InlineData("Authorization", "Bearer " + Key, 200)]
    [InlineData("X-Api-Key", Key, 200)]
    public async Task Key_DecidesWhetherThereIsAnAnswer(string? header, string? value, int expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(Body) };
        if (header is not null)
            request.Headers.Add(header, value);
        using var response = await guarded.Http.Client.SendAsync(request);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal(expected, (int)response.StatusCode);
        if (expected == 401)
            Assert.Equal("authentication_error", body.GetProperty("error").GetProperty("type").GetString());
        else
            Assert.Equal("ok", body.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task OfficialClient_SendsItsKey()
    {
        ChatCompletion answer = await new OpenAIClient(new ApiKeyCredential(Key), new OpenAIClientOptions { Endpoint = new Uri(guarded.Http.Url, "v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) })
            .GetChatClient("org/bytes").CompleteChatAsync([new SystemChatMessage("You are a chatbot."), new UserChatMessage("What is the meaning of life?")]);
        Assert.Equal("ok", answer.Content[0].Text);
    }

    /// <summary>A preflight needs no key. llama.cpp also allows credentials, which no page needs for keys in headers, and DELETE, which no route has.</summary>
    [Theory]
    [InlineData("https://web.mydomain.fr", "Access-Control-Allow-Origin", "https://web.mydomain.fr")]
    [InlineData("http://localhost", "Access-Control-Allow-Origin", "http://localhost")]
    [InlineData("https://web.mydomain.fr", "Access-Control-Allow-Methods", "GET, POST, OPTIONS")]
    [InlineData("https://web.mydomain.fr", "Access-Control-Allow-Headers", "Authorization, *")]
    [InlineData("https://web.mydomain.fr", "Access-Control-Allow-Credentials", null)]
    [InlineData("https://web.mydomain.fr", "Vary", "Origin")]
    public async Task Preflight_OfAnAllowedOrigin_TellsWhatIsAllowed(string origin, string header, string? value)
    {
        using var response = await PreflightAsync(guarded.Http, origin);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(value, Header(response.Headers, header));
    }

    [Theory]
    [InlineData("http://localhost")]
    [InlineData("http://localhost:8080")]
    [InlineData("http://127.0.0.1")]
    [InlineData("http://127.0.0.1:3000")]
    [InlineData("http://[::1]")]
    [InlineData("http://[::1]:3000")]
    public async Task Origin_OfThisMachine_IsReflected(string origin)
    {
        using var preflight = await PreflightAsync(guarded.Http, origin);
        Assert.Equal(origin, Header(preflight.Headers, "Access-Control-Allow-Origin"));
        // The page may read refusals too.
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = new StringContent(Body), Headers = { { "Origin", origin } } };
        using var refused = await guarded.Http.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.Unauthorized, origin), (refused.StatusCode, Header(refused.Headers, "Access-Control-Allow-Origin")));
    }

    [Theory]
    [InlineData("http://web.mydomain.fr")]
    [InlineData("http://evil.com")]
    [InlineData("http://notlocalhost")]
    [InlineData("http://localhost.evil.com")]
    [InlineData("null")]
    public async Task Origin_ThatIsNotListed_IsNotReflected(string origin)
    {
        using var response = await PreflightAsync(guarded.Http, origin);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(Header(response.Headers, "Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("*", "http://evil.com")]
    [InlineData(null, null)]
    public async Task Origins_AllOrNone_AreTheOperatorsChoice(string? allowed, string? reflected)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedEngine(ByteModel.Answer("ok")), new() { AllowedOrigins = allowed is null ? [] : [allowed] });
        using var response = await PreflightAsync(server, "http://evil.com");
        Assert.Equal(reflected, Header(response.Headers, "Access-Control-Allow-Origin"));
    }

    static Task<HttpResponseMessage> PreflightAsync(RunningServer server, string origin) => server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Options, Path)
    {
        Headers = { { "Origin", origin }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "Authorization" } },
    });

    static string? Header(HttpResponseHeaders headers, string name) => headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
