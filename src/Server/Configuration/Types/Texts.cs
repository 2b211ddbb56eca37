using System.Net;
using System.Text.RegularExpressions;

namespace Kdsl.Configuration.Types;

/// <summary>Any text (string) up to a length.</summary>
sealed class AnyText(int longest = 4096) : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "TEXT";

    /// <inheritdoc/>
    public override string Allowed => $"a text of 1 to {longest} characters without control characters";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = text;
        return text.Length >= 1 && text.Length <= longest && !text.Any(char.IsControl);
    }
}

/// <summary>A path (string); an empty one is none (null), as in files that leave it out.</summary>
sealed class FilePath : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "PATH";

    /// <inheritdoc/>
    public override string Allowed => "a path of at most 4096 characters";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = text.Length == 0 ? null : text;
        return text.Length <= 4096 && !text.Any(char.IsControl);
    }
}

/// <summary>An address of the machine (<see cref="IPAddress"/>).</summary>
sealed class Address : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "ADDRESS";

    /// <inheritdoc/>
    public override string Allowed => "an IP address or localhost";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = text == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(text, out var address) ? address : null;
        return value is not null;
    }
}

/// <summary>Texts (string[]): a JSON list, or one after another with commas between.</summary>
sealed class TextList : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "A,B,...";

    /// <inheritdoc/>
    public override string Allowed => "a list of texts";

    /// <inheritdoc/>
    public override bool TakesLists => true;

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = null;
        if (text.Any(char.IsControl)) return false;
        if (!text.StartsWith('[')) value = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        else value = Files.CompactList.Texts(text);
        return value is not null;
    }
}

/// <summary>Numbers of devices of each instance (string), as MindIE writes them: [[0,1,2,3]], or 0,1,2,3 as run_mindie.sh has them.</summary>
sealed partial class DeviceIds : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "0,1,...";

    /// <inheritdoc/>
    public override string Allowed => "numbers of devices such as 0,1,2,3 or [[0,1,2,3]]";

    /// <inheritdoc/>
    public override bool TakesLists => true;

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        value = text;
        return Form().IsMatch(text);
    }

    [GeneratedRegex(@"^(\d{1,4}(,\d{1,4})*|\[(\[(\d{1,4}(,\d{1,4})*)?\](,\[(\d{1,4}(,\d{1,4})*)?\])*)?\])$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
