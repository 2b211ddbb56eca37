using Kdsl.Commands;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Configuration.Types;

/// <summary>An amount of memory in bytes (long).</summary>
sealed class Size : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "SIZE";

    /// <inheritdoc/>
    public override string Allowed => "a size such as 512MB or 4GB";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = Flags.ParseSize(text);
        return value is not null;
    }
}

/// <summary>Most tokens to guess ahead (int).</summary>
sealed class SpeculationDepth : SettingType
{
    static readonly WholeNumber _number = new(1, 32);

    /// <inheritdoc/>
    public override string Unit => "auto|off|N";

    /// <inheritdoc/>
    public override string Allowed => "auto, off, or a whole number from 1 to 32";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = text switch { "auto" => EngineOptions.DefaultMaxDraft, "off" => 0, _ => null };
        return value is not null || _number.TryParse(text, out value);
    }

    /// <inheritdoc/>
    public override string? Nearest(string text) => _number.Nearest(text);
}
