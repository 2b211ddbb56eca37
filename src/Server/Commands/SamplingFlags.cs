using System.CommandLine;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Commands;

/// <summary>How an answer is sampled; what is not given comes from the model.</summary>
sealed class SamplingFlags
{
    readonly Option<int?> _tokens = Flags.Integer("--max-tokens", "Most tokens of an answer [default: up to the context length]", 1, int.MaxValue);
    readonly Option<float?> _temperature = Flags.Number("--temperature", "0 is greedy", 0, 2);
    readonly Option<float?> _topP = Flags.Number("--top-p", "Keep the likeliest tokens up to this probability", 1e-6f, 1);
    readonly Option<int?> _topK = Flags.Integer("--top-k", "Keep this many tokens; 0 keeps all", 0, int.MaxValue);
    readonly Option<ulong?> _seed = Flags.Seed("--seed", "Fixes the random choices");

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_tokens, _temperature, _topP, _topK, _seed])
            command.Add(option);
    }

    /// <summary>Most tokens of an answer.</summary>
    public int? MaxTokens(ParseResult arguments) => arguments.GetValue(_tokens);

    /// <summary>The model's sampling with what was given.</summary>
    public SamplingOptions Read(ParseResult arguments, SamplingOptions model) => model with
    {
        Temperature = arguments.GetValue(_temperature) ?? model.Temperature,
        TopP = arguments.GetValue(_topP) ?? model.TopP,
        TopK = arguments.GetValue(_topK) ?? model.TopK,
        Seed = arguments.GetValue(_seed) ?? model.Seed,
    };
}
