namespace KernelDsl.Runtime.Model;

/// <summary>Rotary position embedding: angle of lane pair i at position p is p · theta^(-2i / lanes), or YaRN's change of it.</summary>
/// <param name="Theta">The base.</param>
/// <param name="Yarn">Set where the model was extended with YaRN.</param>
public sealed record RopeConfig(double Theta, YarnConfig? Yarn)
{
    // transformers 5 writes everything into rope_parameters; before, rope_theta stood alone.
    internal static RopeConfig Read(JsonFields json, int trained)
    {
        var parameters = json.Object("rope_parameters");
        double theta = json.Number("rope_theta", 2, 1e12, parameters?.Number("rope_theta", 2, 1e12, 10_000) ?? 10_000);
        if ((json.Object("rope_scaling") ?? parameters) is not { } scaling) return new(theta, null);

        // Both spellings occur; the older one is "type".
        var field = scaling.Has("rope_type") ? "rope_type" : "type";
        return scaling.String(field) switch
        {
            "yarn" => new(theta, YarnConfig.Read(scaling, trained)),
            null or "default" => new(theta, null),
            var other => throw scaling.Fault(field, Text.Quote(other), "default or yarn"),
        };
    }

    /// <summary>Tables of cosines and sines, row-major [positions, lanes / 2], attention factor included.</summary>
    public (float[] Cos, float[] Sin) Tables(int positions, int lanes)
    {
        var frequencies = Yarn?.Frequencies(Theta, lanes) ?? Frequencies(Theta, lanes);
        double factor = Yarn?.AttentionFactor ?? 1;
        int pairs = lanes / 2;
        var cos = new float[positions * pairs];
        var sin = new float[positions * pairs];
        for (int p = 0, at = 0; p < positions; p++)
            for (int i = 0; i < pairs; i++, at++)
            {
                var (s, c) = Math.SinCos(p * frequencies[i]);
                cos[at] = (float)(c * factor);
                sin[at] = (float)(s * factor);
            }
        return (cos, sin);
    }

    internal static double[] Frequencies(double theta, int lanes)
    {
        var frequencies = new double[lanes / 2];
        for (int i = 0; i < frequencies.Length; i++) frequencies[i] = Math.Pow(theta, -2.0 * i / lanes);
        return frequencies;
    }
}
