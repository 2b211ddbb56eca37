namespace Kdsl.Configuration.Types;

/// <summary>One of a few words (string), whatever their case; what is read is spelt as in the list.</summary>
sealed class Choice(params string[] words) : SettingType
{
    /// <inheritdoc/>
    public override string Unit => string.Join('|', words);

    /// <inheritdoc/>
    public override string Allowed => words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = Array.Find(words, w => w.Equals(text, StringComparison.OrdinalIgnoreCase));
        return value is not null;
    }

    /// <inheritdoc/>
    public override string? Nearest(string text) => NearestName.Of(text, words);
}

/// <summary>true or false (bool), as JSON and YAML write it, or 1 and 0, as variables do.</summary>
sealed class YesNo : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "true|false";

    /// <inheritdoc/>
    public override string Allowed => "true or false";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        bool yes = text is "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase);
        value = yes;
        return yes || text is "0" || text.Equals("false", StringComparison.OrdinalIgnoreCase);
    }
}
