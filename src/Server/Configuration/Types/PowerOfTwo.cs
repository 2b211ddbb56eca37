using System.Globalization;

namespace Kdsl.Configuration.Types;

/// <summary>A power of two (int) within limits that are such.</summary>
sealed class PowerOfTwo(int least, int most) : SettingType
{
    /// <inheritdoc/>
    public override string Unit => "N";

    /// <inheritdoc/>
    public override string Allowed => $"a power of two from {least} to {most}";

    /// <inheritdoc/>
    public override bool TryParse(string text, out object? value)
    {
        bool good = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most && int.IsPow2(number);
        value = number;
        return good;
    }

    /// <inheritdoc/>
    public override string? Nearest(string text)
    {
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) || double.IsNaN(number)) return null;
        double exponent = Math.Round(Math.Log2(Math.Clamp(number, least, most)));
        return ((int)Math.Pow(2, exponent)).ToString(CultureInfo.InvariantCulture);
    }
}
