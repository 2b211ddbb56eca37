using System.CommandLine;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Commands;

/// <summary><c>kdsl generate</c>: one completion to stdout.</summary>
static class GenerateCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var model = new ModelFlags();
        var sampling = new SamplingFlags();
        var prompt = Flags.Text("--prompt", "The prompt [default: all of stdin]");
        var raw = Flags.Switch("--raw", "Continue the text as it is, instead of answering it as a chat message");

        var command = new Command("generate", "Print one completion.");
        model.AddTo(command);
        sampling.AddTo(command);
        command.Add(prompt);
        command.Add(raw);
        command.SetAction((arguments, cancellation) => RunAsync(
            model.Read(arguments), sampling, arguments, arguments.GetValue(prompt), arguments.GetValue(raw), cancellation));
        return command;
    }

    static async Task<int> RunAsync(
        ModelOptions options, SamplingFlags sampling, ParseResult arguments, string? prompt, bool raw, CancellationToken cancellation)
    {
        await using var model = LoadedModel.Open(options with { MaxBatch = 1 });
        prompt ??= await Console.In.ReadToEndAsync(cancellation);
        if (!raw)
            prompt = model.Render(new ChatPrompt([new ChatMessage("user", prompt)]));

        var generation = new TextGeneration(model.Engine.Submit(new GenerationRequest
        {
            Id = "generate",
            Prompt = model.Encode(prompt),
            Sampling = sampling.Read(arguments, model.Sampling),
            MaxTokens = sampling.MaxTokens(arguments),
            StopTokens = model.StopTokens,
        }), model, []);
        await foreach (var delta in generation.ReadAsync(cancellation))
        {
            Console.Out.Write(delta.Text);
            await Console.Out.FlushAsync(cancellation);
        }

        Console.Out.WriteLine();
        return 0;
    }
}
