using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using KernelDsl;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Commands;

/// <summary>Options whose values are checked as they are parsed; an error names the option, the value and what is allowed.</summary>
static class Flags
{
    /// <summary>A whole number within limits.</summary>
    public static Option<int?> Integer(string name, string description, int least, int most) => Parsed<int?>(name, "N", description,
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most ? value : null,
        most == int.MaxValue ? $"a whole number, {least} or more" : $"a whole number from {least} to {most}");

    /// <summary>A number within limits.</summary>
    public static Option<float?> Number(string name, string description, float least, float most) => Parsed<float?>(name, "X", description,
        text => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value >= least && value <= most ? value : null,
        $"a number from {least} to {most}");

    /// <summary>A seed.</summary>
    public static Option<ulong?> Seed(string name, string description) => Parsed<ulong?>(name, "N", description,
        text => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null, "a whole number, 0 or more");

    /// <summary>An amount of memory, in bytes.</summary>
    public static Option<long?> Size(string name, string description) => Parsed(name, "SIZE", description, ParseSize, "a size such as 512MB or 4GB");

    /// <summary>Most tokens to guess ahead.</summary>
    public static Option<int?> Speculation(string name, string description) => Parsed(name, "auto|off|N", description, ParseSpeculation, "auto, off, or a whole number from 1 to 32");

    /// <summary>A format of weights by its name; <see cref="ParseWeights"/>. The library cannot take null from a parser, which auto would be.</summary>
    public static Option<string?> Weights(string name, string description) => Parsed<string?>(name, "FORMAT", description,
        text => text is "auto" or "bf16" or "int8" or "int4" ? text : null, "auto, bf16, int8 or int4");

    /// <summary>What the name of a format says; null for auto.</summary>
    public static WeightFormat? ParseWeights(string? text) => text switch
    {
        "bf16" => WeightFormat.BFloat16,
        "int8" => WeightFormat.Int8(),
        "int4" => WeightFormat.Int4(),
        _ => null,
    };

    /// <summary>A format of activations by its name; <see cref="ParseActivations"/>.</summary>
    public static Option<string?> Activations(string name, string description) => Choice(name, description, "int8", "bf16");

    /// <summary>What the name of a format says.</summary>
    public static ActivationFormat ParseActivations(string? text) => text == "bf16" ? ActivationFormat.BFloat16 : ActivationFormat.Int8;

    /// <summary>A format of keys and values by its name; <see cref="ParseCacheFormat"/>.</summary>
    public static Option<string?> CacheFormat(string name, string description) => Choice(name, description, "auto", "bf16", "int8");

    /// <summary>What the name of a format says; auto is bf16.</summary>
    public static KernelDsl.CacheFormat ParseCacheFormat(string? text) => text == "int8" ? KernelDsl.CacheFormat.Int8 : KernelDsl.CacheFormat.BFloat16;

    /// <summary>A folder, auto or off.</summary>
    public static Option<string?> WeightCache(string name, string description) => Parsed<string?>(name, "auto|off|DIR", description,
        text => text is "" ? null : text, "auto, off, or a folder");

    /// <summary>One of a few words.</summary>
    public static Option<string?> Choice(string name, string description, params string[] allowed) => Parsed(name, string.Join('|', allowed), description,
        text => allowed.Contains(text) ? text : null, $"{string.Join(", ", allowed[..^1])} or {allowed[^1]}");

    /// <summary>True or False, as Python writes them and as others do; <see cref="ParseBoolean"/>. The library takes what is no C# bool for the next word.</summary>
    public static Option<string?> Boolean(string name, string description) => Parsed(name, "True|False", description,
        text => ParseBoolean(text) is null ? null : text, "True or False");

    /// <summary>What the word says; null: it is no truth value.</summary>
    public static bool? ParseBoolean(string? text) => text?.ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" or "ON" => true,
        "FALSE" or "0" or "NO" or "OFF" => false,
        _ => null,
    };

    /// <summary>A text.</summary>
    public static Option<string?> Text(string name, string description) => new(name) { Description = description, HelpName = "TEXT" };

    /// <summary>A file.</summary>
    public static Option<string?> File(string name, string description) => new(name) { Description = description, HelpName = "FILE" };

    /// <summary>Yes when given.</summary>
    public static Option<bool> Switch(string name, string description) => new(name) { Description = description };

    /// <summary>Bytes, or a number with KB, MB or GB (of 1024).</summary>
    public static long? ParseSize(string text)
    {
        int unit = text.ToUpperInvariant() switch
        {
            [.., 'K', 'B'] => 10,
            [.., 'M', 'B'] => 20,
            [.., 'G', 'B'] => 30,
            _ => 0,
        };
        string number = unit == 0 ? text : text[..^2];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value * (1L << unit) is >= 1 and < (1L << 50)
            ? (long)(value * (1L << unit)) : null;
    }

    static int? ParseSpeculation(string text) => text switch
    {
        "auto" => EngineOptions.DefaultMaxDraft,
        "off" => 0,
        _ => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int most) && most is >= 1 and <= 32 ? most : null,
    };

    static Option<T> Parsed<T>(string name, string unit, string description, Func<string, T> parse, string expected) => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = result => parse(result.Tokens[0].Value) is { } value ? value : Refuse<T>(result, name, expected),
    };

    static T Refuse<T>(ArgumentResult result, string name, string expected)
    {
        result.AddError($"{name} is '{result.Tokens[0].Value}'; expected {expected}.");
        return default!;
    }
}
