using System.Diagnostics;

namespace Kdsl.Tests;

/// <summary>The program as a process.</summary>
static class KdslProcess
{
    /// <summary>Starts it.</summary>
    public static Process Start(params string[] arguments)
    {
        // A job in the background of a script ignores SIGINT, and so does all that it starts, unless told otherwise.
        var start = new ProcessStartInfo("env") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["--default-signal=INT", Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "kdsl.dll"), .. arguments])
            start.ArgumentList.Add(argument);
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

    /// <summary>Serves with these arguments until the client has asked; what was written to stderr.</summary>
    public static async Task<string> ServeAsync(string[] arguments, Func<HttpClient, Task> ask)
    {
        using var kdsl = Start(["serve", "--port", "0", "--threads", "1", .. arguments]);
        var errors = kdsl.StandardError.ReadToEndAsync();
        try
        {
            string? ready = await kdsl.StandardOutput.ReadLineAsync();
            Assert.True(ready?.StartsWith("kdsl: ready on ", StringComparison.Ordinal), ready ?? await errors);
            using var client = new HttpClient { BaseAddress = new Uri(ready!.Split(' ')[3] + "/"), Timeout = Timeout.InfiniteTimeSpan };
            await ask(client);
        }
        finally
        {
            kdsl.Kill();
        }
        return await errors;
    }
}
