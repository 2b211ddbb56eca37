using System.Globalization;

namespace Kdsl.Configuration.Types;

/// <summary>A whole number (int) within limits.</summary>
sealed class WholeNumber(int least, int most) : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "N";

    /// <summary>The smallest.</summary>
    public int Least => least;

    /// <summary>The largest.</summary>
    public int Most => most;

    /// <inheritdoc/>
    public override string Allowed => most == int.MaxValue ? $"a whole number, {least} or more" : $"a whole number from {least} to {most}";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        bool good = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most;
        value = number;
        return good;
    }

    /// <inheritdoc/>
    public override string? Nearest(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && !double.IsNaN(number)
        ? ((int)Math.Clamp(Math.Round(number), least, most)).ToString(CultureInfo.InvariantCulture) : null;
}
