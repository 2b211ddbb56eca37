using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kdsl.Tests;

/// <summary>The program as a process.</summary>
static class KdslProcess
{
    static readonly Dictionary<string, string> _noVariables = [];

    /// <summary>Starts it.</summary>
    public static Process Start(params string[] arguments) => Start(_noVariables, arguments);

    static Process Start(IReadOnlyDictionary<string, string> variables, string[] arguments)
    {
        // A job in the background of a script ignores SIGINT, and so does all that it starts, unless told otherwise.
        var start = new ProcessStartInfo("env") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--default-signal=INT", Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "kdsl.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string input, params string[] arguments)
    {
        using var process = Start(arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await errors);
    }

    /// <summary>Serves with these arguments on a free port; returns when it is ready, with its address.</summary>
    public static Task<(Process Process, Uri Url)> StartServingAsync(params string[] arguments) => StartServingAsync(_noVariables, arguments);

    /// <summary>The same with variables of the environment.</summary>
    public static async Task<(Process Process, Uri Url)> StartServingAsync(IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var kdsl = Start(variables, ["serve", "--port", "0", "--threads", "1", .. arguments]);
        string? ready = await kdsl.StandardOutput.ReadLineAsync();
        Assert.True(ready?.StartsWith("kdsl: ready on http://127.0.0.1:", StringComparison.Ordinal), ready ?? await kdsl.StandardError.ReadToEndAsync());
        return (kdsl, new Uri(ready!.Split(' ')[3] + "/"));
    }

    /// <summary>Serves with these arguments until the client has asked; what was written to stderr.</summary>
    public static async Task<string> ServeAsync(string[] arguments, Func<HttpClient, Task> ask)
    {
        var (kdsl, url) = await StartServingAsync(arguments);
        using var process = kdsl;
        var errors = kdsl.StandardError.ReadToEndAsync();
        try
        {
            using var client = new HttpClient { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
            await ask(client);
        }
        finally
        {
            kdsl.Kill();
        }
        return await errors;
    }

    /// <summary>Sends a signal by its number: 2 is SIGINT, 15 SIGTERM.</summary>
    public static void Signal(this Process process, int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [DllImport("libc", EntryPoint = "kill")]
    static extern int Kill(int process, int signal);
}
