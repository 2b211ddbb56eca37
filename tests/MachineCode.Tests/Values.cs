namespace KernelDsl.MachineTests;

/// <summary>Random numbers as dots meet them, and some that they hardly ever meet.</summary>
internal static class Values
{
    /// <summary>Mostly below 1; at times a zero of either sign, a denormal, or one whose products or sums end near the smallest normal number.</summary>
    public static float Next(Random random)
    {
        float value = (random.NextSingle() * 2) - 1;
        return random.Next(12) switch
        {
            0 => value < 0 ? -0f : 0f,
            1 => MathF.ScaleB(value, -128),
            2 => MathF.ScaleB(value, -63),
            3 => MathF.ScaleB(value, -125),
            _ => value,
        };
    }
}
