using System.CommandLine;
using Kdsl.Configuration;
using Kdsl.Http;
using Kdsl.Planning;
using Kdsl.Serving;
using KernelDsl.Backends.Cpu;

namespace Kdsl.Commands;

/// <summary><c>kdsl serve</c>: the OpenAI API over HTTP until Ctrl-C or SIGTERM.</summary>
static class ServeCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var flags = new ConfigurationFlags();
        var command = new Command("serve", "Serve a model over HTTP with the OpenAI API.");
        flags.AddTo(command);
        command.SetAction((arguments, _) => RunAsync(flags.Read(arguments)));
        return command;
    }

    static async Task<int> RunAsync(ReadConfiguration read)
    {
        foreach (string warning in read.Problems.Warnings)
            Console.Error.WriteLine($"kdsl: warning: {warning}");
        var (configuration, options) = (read.Serve, read.Serve.Server.Options);
        RefuseBadCertificates(options);
        RefuseTakenPorts(options);
        RefuseWhatCannotFit(configuration.ModelOptions);
        await using var model = LoadedModel.Open(configuration.ModelOptions);
        // From here on: while a model loads, a signal ends the process at once.
        using var signals = new StopSignals();
        await using var server = new HttpServer(model, options with { Stop = signals.Ask });
        await Listen(server, options);
        Console.WriteLine($"kdsl: ready on {server.Url.GetLeftPart(UriPartial.Authority)}/v1 with {model.Name}, {model.Engine.Limits.ContextLength} tokens of context");
        // What scripts of MindIE wait for.
        Console.WriteLine("Daemon start success!");

        await signals.WaitAsync();
        var status = model.Engine.Status;
        Console.Error.WriteLine($"kdsl: stopping; {status.Running + status.Waiting} requests may finish within {options.DrainTimeout.TotalSeconds:0} s (signal again to stop now)");
        await server.StopAsync(signals.Now);
        return 0;
    }

    /// <summary>Too large a model is refused before a byte of it is read.</summary>
    static void RefuseWhatCannotFit(ModelOptions options)
    {
        using var backend = new CpuBackend(1);
        ServePlan.Of(options, backend, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes).RefuseWhatCannotFit(backend, options);
    }

    /// <summary>Who asks for a lock must not wait for a model to hear that there is none.</summary>
    static void RefuseBadCertificates(ServerOptions options)
    {
        try
        {
            foreach (var files in options.TlsInUse)
                _ = new TlsCertificates(files, _ => { });
        }
        catch (IOException e)
        {
            throw new UsageException(e.Message, e);
        }
    }

    /// <summary>Loading a large model takes minutes; a taken port should be told before.</summary>
    static void RefuseTakenPorts(ServerOptions options)
    {
        if (options.Planes.Faults() is [var fault, ..])
            throw new UsageException($"{fault}.");
    }

    static async Task Listen(HttpServer server, ServerOptions options)
    {
        try
        {
            await server.StartAsync();
        }
        catch (IOException e)
        {
            // Taken since it was looked at: the model loaded meanwhile.
            throw new UsageException(options.Planes.Faults() is [var fault, ..] ? $"{fault}." : $"cannot listen: {e.Message}", e);
        }
    }
}
