using System.Net.Sockets;
using Kdsl.Dialects.MindIe;
using Kdsl.Dialects.OpenAi;
using Kdsl.Dialects.Raw;
using Kdsl.Dialects.Tgi;
using Kdsl.Dialects.Triton;
using Kdsl.Management;
using Kdsl.Observability;
using Kdsl.Serving;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Kdsl.Http;

/// <summary>Kestrel with the routes of all dialects over one model.</summary>
sealed class HttpServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ITextModel _model;
    readonly TimeSpan _drainTimeout;
    readonly Drain _drain = new();
    readonly Readiness _readiness;
    readonly Telemetry _telemetry;
    readonly PrometheusExposition _prometheus;
    readonly Tracing _tracing = new();

    /// <summary>Builds the server; nothing listens yet. The model stays the caller's.</summary>
    public HttpServer(ITextModel model, ServerOptions options)
    {
        _model = model;
        _drainTimeout = options.DrainTimeout;

        // Empty: no settings file of the working directory and no variable of another program's changes what is served.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        if (options.JsonLog)
            builder.Logging.AddJsonConsole(console => console.IncludeScopes = true);
        else
            builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.SetMinimumLevel(options.LogLevel).AddFilter("Microsoft", options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(options);
        _telemetry = new Telemetry(model);
        builder.Services.AddSingleton(_telemetry);
        _prometheus = new PrometheusExposition(_telemetry, model.Name);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.MaxRequestBytes;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            foreach (var planes in options.Planes.Listeners)
            {
                kestrel.Listen(planes.Key, listener =>
                {
                    Planes.Mark(listener, planes);
                    if (options.TlsOf(planes) is { } files)
                        UseTls(listener, files);
                });
            }
        });
        if (options.Tls is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();

        _app = builder.Build();
        var logger = _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("kdsl");
        _app.Use((context, next) => RequestLog.Run(context, next, logger));
        _app.Use((context, next) => ErrorHandling.Run(context, next, logger));
        _app.Use(new CrossOrigin(options.AllowedOrigins).Run);
        _app.UseRouting();
        _app.Use(Planes.RefuseOthers);
        _app.Use(_drain.Run);
        var keys = new ApiKeys(options.ApiKeys, options.AdminKeys);
        _app.Use((context, next) =>
        {
            keys.Check(context);
            return next(context);
        });
        ChatPage.Map(_app);
        OpenAiRoutes.Map(_app, model, _drain, logger);
        var running = new RunningRequests();
        var raw = new RawEndpoint(model, running, logger);
        _readiness = new Readiness(model, _drain, options.StepTimeout, TimeProvider.System);
        _app.MapGet("/metrics", context =>
        {
            context.Response.ContentType = PrometheusExposition.ContentType;
            return context.Response.WriteAsync(_prometheus.Write(), context.RequestAborted);
        }).WithMetadata(Plane.Metrics);
        ManagementRoutes.Map(_app, model, _readiness, _telemetry, _drain, options);
        TgiRoutes.Map(_app, model, raw);
        NativeRoutes.Map(_app, model, raw);
        TritonRoutes.Map(_app, model, raw, running);
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

    /// <summary>Refuses new requests, lets running ones end within the drain timeout, cuts off the rest, and stops listening.</summary>
    /// <param name="now">Cuts them off at once.</param>
    public async Task StopAsync(CancellationToken now)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(now);
        deadline.CancelAfter(_drainTimeout);
        await _drain.WaitAsync(deadline.Token);
        await _app.StopAsync(deadline.Token);
        await _model.Engine.DrainAsync(deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    static void UseTls(ListenOptions listener, TlsFiles files)
    {
        var certificates = new TlsCertificates(files, static message => Console.Error.WriteLine($"kdsl: {message}"));
        listener.UseHttps(https =>
        {
            https.ServerCertificateSelector = (_, _) => certificates.Current;
            if (!certificates.WantsClients)
                return;
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (client, _, _) => certificates.Accepts(client);
        });
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _readiness.Dispose();
        _prometheus.Dispose();
        _telemetry.Dispose();
        _tracing.Dispose();
    }
}
