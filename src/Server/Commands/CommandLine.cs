using System.CommandLine;
using Kdsl.Configuration;
using Kdsl.Serving;
using KernelDsl.Runtime.Backend;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text;

namespace Kdsl.Commands;

/// <summary>The whole command line. Exit codes: 0 done, 1 failed, 2 cannot do what was asked (one line on stderr says why), 130 interrupted.</summary>
static class CommandLine
{
    /// <summary>Runs a command.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter errors)
    {
        var root = new RootCommand("kdsl serves Qwen2-architecture language models from kernels that are written once.")
        {
            ServeCommand.Create(), ConfigCommand.Create(), PlanCommand.Create(), DoctorCommand.Create(), ChatCommand.Create(), GenerateCommand.Create(), QuantizeCommand.Create(), BenchCommand.Create(),
        };
        var parsed = root.Parse(arguments.Length > 0 ? arguments : ["--help"]);
        if (parsed.UnmatchedTokens.Count > 0)
            return Refuse(errors, $"unknown command or option '{parsed.UnmatchedTokens[0]}'. See 'kdsl --help'.");
        if (parsed.Errors.Count > 0)
            return Refuse(errors, $"{OneLine(parsed.Errors[0].Message)} See 'kdsl --help'.");
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (ConfigurationException e)
        {
            foreach (string line in e.Lines) errors.WriteLine($"kdsl: {OneLine(line)}");
            return 2;
        }
        catch (Exception e) when (e is UsageException or ModelException or TokenizerException or PromptException or RequestException or KernelNotBuiltException)
        {
            return Refuse(errors, OneLine(e.Message));
        }
        catch (OutOfMemoryException e)
        {
            return Refuse(errors, $"not enough memory for the model and its caches ({OneLine(e.Message)}); lower --kv-memory, --max-batch or --context-length.");
        }
        catch (GenerationException e)
        {
            errors.WriteLine($"kdsl: {OneLine(e.Message)}");
            return 1;
        }
    }

    static int Refuse(TextWriter errors, string message)
    {
        errors.WriteLine($"kdsl: {message}");
        return 2;
    }

    static string OneLine(string message) => string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
