namespace Kdsl.Configuration.Types;

/// <summary>What the values of a setting may be, and how they are written.</summary>
abstract class SettingType
{
    /// <summary>A placeholder for help, such as N.</summary>
    public abstract string Unit { get; }

    /// <summary>What is allowed, as it follows "expected".</summary>
    public abstract string Allowed { get; }

    /// <summary>Whether a list of a file is its text, as compact JSON.</summary>
    public virtual bool TakesLists => false;

    /// <summary>Reads a value; false where it is not allowed.</summary>
    public abstract bool TryParse(string text, out object? value);

    /// <summary>The allowed text next to one that is not allowed; null: none is near.</summary>
    public virtual string? Nearest(string text) => null;
}
