using System.CommandLine;
using Kdsl.Configuration;
using Kdsl.Configuration.Layers;
using Kdsl.Configuration.Table;
using Kdsl.Configuration.Types;

namespace Kdsl.Commands;

/// <summary>A flag for every setting, and MODEL. Values are checked when all layers are known, so that a message can name any of them.</summary>
sealed class ConfigurationFlags
{
    readonly Argument<string?> _model = new("MODEL")
    {
        Description = "Hugging Face folder of a Qwen2-architecture model (config.json, *.safetensors, tokenizer; also GPTQ, AWQ, compressed-tensors), or a .gguf file; without it, the embedded demo model.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    readonly IReadOnlyList<(Setting Setting, Option Option)> _options = [.. Settings.All.Select(static s => (s, OptionOf(s)))];

    /// <summary>The flags; a mistyped option is no folder.</summary>
    public ConfigurationFlags() => _model.Validators.Add(result =>
    {
        if (result.Tokens is [{ Value: ['-', ..] } token])
            result.AddError($"unknown option '{token.Value}'.");
    });

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        foreach (var (_, option) in _options) command.Add(option);
    }

    /// <summary>All layers, of which these flags are the highest.</summary>
    /// <exception cref="ConfigurationException">A file cannot be read, or a value cannot be used.</exception>
    public ReadConfiguration Read(ParseResult arguments)
    {
        var flags = new List<RawValue>();
        foreach (var (setting, option) in _options)
            if (arguments.GetResult(option) is { Implicit: false } result)
                flags.Add(new RawValue(setting, result.Tokens is [var token] ? token.Value : "true", new Source(Layer.Flag, result.IdentifierToken?.Value ?? option.Name)));
        if (arguments.GetValue(_model) is { } model) flags.Add(new RawValue(FileSettings.Model, model, new Source(Layer.Flag, "MODEL")));
        return ConfigurationReader.Read(flags, EnvironmentLayer.Variables());
    }

    /// <summary>A flag that takes a text, or nothing where it says yes or no. What has no effect is not in the help.</summary>
    static Option OptionOf(Setting setting)
    {
        string @default = setting.DefaultText is { Length: > 0 } text ? text : setting.Unset;
        string[] aliases = [.. setting.Aliases];
        // A bool? would leave what is neither true nor false to MODEL; so it takes MODEL's place, and says so.
        var option = new Option<string?>(setting.Flag, aliases) { Arity = setting.Type is YesNo ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne };
        option.Description = $"{setting.Meaning} [default: {@default}]";
        option.HelpName = setting.Type.Unit;
        option.Hidden = !setting.Use.HasEffect;
        return option;
    }
}
