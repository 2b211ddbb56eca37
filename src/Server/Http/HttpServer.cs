using System.Net.Sockets;
using Kdsl.Dialects.OpenAi;
using Kdsl.Serving;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kdsl.Http;

/// <summary>Kestrel with the routes of all dialects over one model.</summary>
sealed class HttpServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ITextModel _model;
    readonly TimeSpan _drainTimeout;

    /// <summary>Builds the server; nothing listens yet. The model stays the caller's.</summary>
    public HttpServer(ITextModel model, ServerOptions options)
    {
        _model = model;
        _drainTimeout = options.DrainTimeout;

        // Empty: no settings file of the working directory and no variable of another program's changes what is served.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Listen(options.Address, options.Port);
        });

        _app = builder.Build();
        var logger = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("kdsl");
        _app.Use((context, next) => ErrorHandling.Run(context, next, logger));
        _app.UseRouting();
        OpenAiRoutes.Map(_app, model, logger);
    }

    /// <summary>Where clients reach it, once started.</summary>
    public Uri Url => new(_app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First());

    /// <summary>Listens.</summary>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public async Task StartAsync()
    {
        try
        {
            await _app.StartAsync();
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Stops listening, lets running requests end within the drain timeout, then cuts off the rest.</summary>
    /// <param name="now">Cuts them off at once.</param>
    public async Task StopAsync(CancellationToken now)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(now);
        deadline.CancelAfter(_drainTimeout);
        await _app.StopAsync(deadline.Token);
        await _model.Engine.DrainAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
