using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Kdsl.Tests;

/// <summary>A collector of OTLP over HTTP (OpenTelemetry protocol, section OTLP/HTTP): keeps the protobuf messages that are sent to it.</summary>
sealed class Collector : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentQueue<(string Path, byte[] Message)> _messages = new();

    Collector()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            Assert.Equal("application/x-protobuf", context.Request.ContentType);
            _messages.Enqueue((context.Request.Path, body.ToArray()));
            // An empty answer is the message that says that all was taken.
            context.Response.ContentType = "application/x-protobuf";
        });
    }

    /// <summary>For OTEL_EXPORTER_OTLP_ENDPOINT.</summary>
    public string Endpoint => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();

    /// <summary>Starts it on a free port.</summary>
    public static async Task<Collector> StartAsync()
    {
        var collector = new Collector();
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Whether some message to this path has these bytes in it.</summary>
    public bool Has(string path, ReadOnlySpan<byte> bytes)
    {
        foreach (var (sent, message) in _messages)
        {
            if (sent == path && message.AsSpan().IndexOf(bytes) >= 0)
                return true;
        }

        return false;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
