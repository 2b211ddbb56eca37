using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Config;

public sealed class RopeConfigTests
{
    private static readonly YarnConfig Qwen = new(4, 32768, 32, 1, 0.1 * Math.Log(4) + 1);

    [Fact]
    public void Tables_NoScaling_AreThePlainAngles()
    {
        var (cos, sin) = new RopeConfig(1e6, null).Tables(3, 8);
        Assert.Equal(12, cos.Length);
        for (int p = 0; p < 3; p++)
            for (int i = 0; i < 4; i++)
            {
                double angle = p / Math.Pow(1e6, i / 4.0);
                Assert.Equal(Math.Cos(angle), cos[p * 4 + i], 6);
                Assert.Equal(Math.Sin(angle), sin[p * 4 + i], 6);
            }
    }

    // Pairs below the ramp turn often and keep their angle, pairs above it are slowed by the factor (Peng et al. 2023, section 3.2).
    // Ramp of Qwen2.5's setting by hand: 128·ln(32768/(32·2π))/(2·ln 1e6) = 23.6 and 128·ln(32768/2π)/(2·ln 1e6) = 39.7.
    [Fact]
    public void Tables_Yarn_KeepFastPairsAndSlowTheOthers()
    {
        var (cos, _) = new RopeConfig(1e6, Qwen).Tables(2, 128);
        double Angle(int pair) => Math.Acos(cos[64 + pair] / Qwen.AttentionFactor);
        double Plain(int pair) => Math.Pow(1e6, -pair / 64.0);

        Assert.Equal(Qwen.AttentionFactor, cos[0], 6);
        for (int i = 0; i <= 23; i++) Assert.Equal(1, Angle(i) / Plain(i), 1e-2);
        Assert.Equal(1 - (28 - 23) / 17.0 * 0.75, Angle(28) / Plain(28), 1e-2);
        var slow = new RopeConfig(1e6, Qwen).Tables(4001, 128).Cos;
        for (int i = 40; i < 52; i++) Assert.Equal(Math.Cos(4000 * Plain(i) / 4) * Qwen.AttentionFactor, slow[4000 * 64 + i], 5);
    }
}
