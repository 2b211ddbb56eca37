using System.CommandLine;
using Kdsl.Configuration;

namespace Kdsl.Commands;

/// <summary><c>kdsl config</c>: what <c>serve</c> would do with the same arguments, and where each value comes from.</summary>
static class ConfigCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var flags = new ConfigurationFlags();
        var all = Flags.Switch("--all", "Also settings that have no effect and that nobody set, and fields of files that are ignored");
        var command = new Command("config", "Print the effective configuration of serve: each value, where it was set, and what it does.");
        flags.AddTo(command);
        command.Add(all);
        command.SetAction(arguments =>
        {
            ConfigurationReport.Print(flags.Read(arguments), arguments.GetValue(all), Console.Out);
            return 0;
        });
        return command;
    }
}
