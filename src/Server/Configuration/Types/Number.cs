using System.Globalization;

namespace Kdsl.Configuration.Types;

/// <summary>A number (float) within limits.</summary>
sealed class Number(float least, float most) : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "X";

    /// <summary>The smallest.</summary>
    public float Least => least;

    /// <summary>The largest.</summary>
    public float Most => most;

    /// <inheritdoc/>
    public override string Allowed => FormattableString.Invariant($"a number from {least} to {most}");

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        bool good = float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && number >= least && number <= most;
        value = number;
        return good;
    }

    /// <inheritdoc/>
    public override string? Nearest(string text) => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && !float.IsNaN(number)
        ? Math.Clamp(number, least, most).ToString(CultureInfo.InvariantCulture) : null;
}
