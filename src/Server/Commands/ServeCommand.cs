using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Kdsl.Http;
using Kdsl.Serving;

namespace Kdsl.Commands;

/// <summary><c>kdsl serve</c>: the OpenAI API over HTTP until Ctrl-C or SIGTERM.</summary>
static class ServeCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var model = new ModelFlags();
        var host = Flags.Text("--host", "Address to listen on, or localhost; there is no authentication, so mind who can reach it [default: 127.0.0.1]");
        var port = Flags.Integer("--port", "Port to listen on; 0 takes a free one [default: 8080]", 0, 65535);
        var bytes = Flags.Size("--max-request-bytes", "Larger requests are refused with 413 [default: 8MB]");
        var drain = Flags.Integer("--drain-timeout", "Seconds that running requests may go on after a signal to stop [default: 30]", 0, 86400);

        var command = new Command("serve", "Serve a model over HTTP with the OpenAI API.");
        model.AddTo(command);
        foreach (var option in (Option[])[host, port, bytes, drain])
            command.Add(option);
        command.SetAction((arguments, _) => RunAsync(model.Read(arguments), ReadServer(
            arguments.GetValue(host), arguments.GetValue(port), arguments.GetValue(bytes), arguments.GetValue(drain))));
        return command;
    }

    static ServerOptions ReadServer(string? host, int? port, long? bytes, int? drain)
    {
        var defaults = new ServerOptions();
        return new ServerOptions
        {
            Address = host is null ? defaults.Address : ParseAddress(host),
            Port = port ?? defaults.Port,
            MaxRequestBytes = bytes ?? defaults.MaxRequestBytes,
            DrainTimeout = drain is { } seconds ? TimeSpan.FromSeconds(seconds) : defaults.DrainTimeout,
        };
    }

    static IPAddress ParseAddress(string host) =>
        host == "localhost" ? IPAddress.Loopback
        : IPAddress.TryParse(host, out var address) ? address
        : throw new UsageException($"--host is '{host}'; expected an IP address or localhost.");

    static async Task<int> RunAsync(ModelOptions modelOptions, ServerOptions options)
    {
        RefuseTakenPort(options);
        await using var model = LoadedModel.Open(modelOptions);
        // From here on: while a model loads, a signal ends the process at once.
        using var signals = new StopSignals();
        await using var server = new HttpServer(model, options with { Stop = signals.Ask });
        await Listen(server, options);
        Console.WriteLine($"kdsl: ready on {server.Url.GetLeftPart(UriPartial.Authority)}/v1 with {model.Name}, {model.Engine.Limits.ContextLength} tokens of context");

        await signals.WaitAsync();
        var status = model.Engine.Status;
        Console.Error.WriteLine($"kdsl: stopping; {status.Running + status.Waiting} requests may finish within {options.DrainTimeout.TotalSeconds:0} s (signal again to stop now)");
        await server.StopAsync(signals.Now);
        return 0;
    }

    /// <summary>Loading a large model takes minutes; a taken port should be told before.</summary>
    static void RefuseTakenPort(ServerOptions options)
    {
        try
        {
            using var probe = new Socket(options.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(options.Address, options.Port));
        }
        catch (SocketException e)
        {
            throw CannotListen(options, e);
        }
    }

    static async Task Listen(HttpServer server, ServerOptions options)
    {
        try
        {
            await server.StartAsync();
        }
        catch (IOException e)
        {
            throw CannotListen(options, e);
        }
    }

    static UsageException CannotListen(ServerOptions options, Exception e) =>
        new($"cannot listen on {options.Address}:{options.Port}: {e.Message.TrimEnd('.')}; choose another address with --host and --port.", e);
}
