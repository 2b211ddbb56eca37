using System.CommandLine;
using System.Runtime.InteropServices;
using Kdsl.Serving;
using Kdsl.Terminal;

namespace Kdsl.Commands;

/// <summary><c>kdsl chat</c>: a conversation in the terminal.</summary>
static class ChatCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var model = new ModelFlags();
        var sampling = new SamplingFlags();
        var system = Flags.Text("--system", "What the model is told before the conversation");

        var command = new Command("chat", "Talk to a model in the terminal.");
        model.AddTo(command);
        sampling.AddTo(command);
        command.Add(system);
        command.SetAction((arguments, _) => RunAsync(model.Read(arguments), sampling, arguments, arguments.GetValue(system)));
        return command;
    }

    static async Task<int> RunAsync(ModelOptions options, SamplingFlags sampling, ParseResult arguments, string? system)
    {
        // One conversation computes one sequence.
        await using var model = LoadedModel.Open(options with { MaxBatch = 1 });
        var conversation = new Conversation(model, sampling.Read(arguments, model.Sampling), sampling.MaxTokens(arguments));
        conversation.Reset(system);
        bool terminal = !Console.IsInputRedirected && !Console.IsOutputRedirected;
        bool colours = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "";
        var repl = new Repl(conversation, Console.In, Console.Out, terminal, colours);
        if (terminal)
            Console.WriteLine($"{model.Name}. /help lists the commands, Ctrl-D leaves.");

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            // From a pipe there is nobody to go on with.
            if (!repl.Interrupt() && !terminal)
                return;
            context.Cancel = terminal;
        });
        await repl.RunAsync();
        return 0;
    }
}
