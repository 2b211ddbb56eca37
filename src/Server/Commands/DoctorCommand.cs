using System.CommandLine;
using Kdsl.Configuration;
using Kdsl.Diagnosis;

namespace Kdsl.Commands;

/// <summary><c>kdsl doctor</c>: whether serve would work with the same arguments; exit code 0, or 1 and the reasons.</summary>
static class DoctorCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var flags = new ConfigurationFlags();
        var command = new Command("doctor", "Check a model and this machine: tokenizer, kernels, memory, port, TLS, and one token.");
        flags.AddTo(command);
        command.SetAction((arguments, _) => RunAsync(flags.Read(arguments)));
        return command;
    }

    static async Task<int> RunAsync(ReadConfiguration read)
    {
        foreach (string warning in read.Problems.Warnings) Console.WriteLine($"warning    {warning}");
        int faults = 0;
        await foreach (var finding in new Doctor(read.Serve).Run())
        {
            faults += finding.Faults.Count;
            if (finding.Faults.Count == 0) Console.WriteLine($"{finding.Check,-10} {finding.Detail}");
            foreach (string fault in finding.Faults) Console.WriteLine($"{finding.Check,-10} FAULT: {fault}");
        }
        if (faults == 0) return 0;
        Console.Error.WriteLine($"kdsl: {faults} {(faults == 1 ? "fault" : "faults")}; see above.");
        return 1;
    }
}
