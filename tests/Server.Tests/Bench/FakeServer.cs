using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Kdsl.Tests.Bench;

/// <summary>A server on a free loopback port that answers each route as a test says, and remembers what it was asked.</summary>
sealed class FakeServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<(string Route, JsonElement Body)> _asked = new();

    FakeServer(Dictionary<string, Func<HttpContext, Task>> routes, X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        _app = builder.Build();
        _app.Run(async context =>
        {
            string route = context.Request.Path;
            if (context.Request.Method == "POST")
                _asked.Enqueue((route, (await JsonDocument.ParseAsync(context.Request.Body)).RootElement));
            if (routes.TryGetValue(route, out var answer))
                await answer(context);
            else
                context.Response.StatusCode = 404;
        });
    }

    /// <summary>Where it is.</summary>
    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<(string Route, JsonElement Body)> Asked => [.. _asked];

    /// <summary>Starts it.</summary>
    public static async Task<FakeServer> StartAsync(params (string Route, Func<HttpContext, Task> Answer)[] routes)
    {
        var server = new FakeServer(routes.ToDictionary(static r => r.Route, static r => r.Answer));
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Starts it with TLS.</summary>
    public static async Task<FakeServer> StartAsync(X509Certificate2 certificate, string route, Func<HttpContext, Task> answer)
    {
        var server = new FakeServer(new() { [route] = answer }, certificate);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>A body, sent in pieces of so many bytes.</summary>
    public static Func<HttpContext, Task> Reply(string body, string type = "text/event-stream", int piece = int.MaxValue) => async context =>
    {
        context.Response.ContentType = type;
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        for (int at = 0; at < bytes.Length; at += Math.Min(piece, bytes.Length))
        {
            await context.Response.Body.WriteAsync(bytes.AsMemory(at, Math.Min(piece, bytes.Length - at)));
            await context.Response.Body.FlushAsync();
        }
    };

    /// <summary>A status and a body.</summary>
    public static Func<HttpContext, Task> Refuse(int status, string body) => async context =>
    {
        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    };

    /// <summary>The start of a stream, and then the connection breaks.</summary>
    public static Func<HttpContext, Task> Break(string start) => async context =>
    {
        await Reply(start)(context);
        context.Abort();
    };

    /// <summary>The start of a stream, and then nothing.</summary>
    public static Func<HttpContext, Task> Hang(string start) => async context =>
    {
        await Reply(start)(context);
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    };

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
