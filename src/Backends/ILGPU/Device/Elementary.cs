using System.Runtime.CompilerServices;
using ILGPU;

namespace KernelDsl.Backends.Ilgpu.Device;

/// <summary>
/// Elementary functions of device code, written out in float arithmetic (Cephes' single-precision approximations) because ILGPU maps the
/// library ones to what each device happens to have. Error below 2 units in the last place over the whole range unless a summary says more.
/// </summary>
public static class Elementary
{
    private const float LogTwoHigh = 0.693359375f, LogTwoLow = -2.12194440e-4f;

    /// <summary>e to the x; 0 and infinity beyond the range, denormals included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exp(float x)
    {
        float clamped = x < -104f ? -104f : x > 89f ? 89f : x;
        float scaled = clamped * 1.44269504f;
        int n = (int)(scaled + (scaled < 0f ? -0.5f : 0.5f));
        float r = clamped - n * LogTwoHigh - n * LogTwoLow;
        float p = ((((1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f) * r + 4.1665795894e-2f) * r + 1.6666665459e-1f) * r + 0.5f;
        float y = p * (r * r) + r + 1f;
        int half = n >> 1;
        return IsNaN(x) ? x : y * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    /// <summary>Natural logarithm; -infinity at 0, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Log(float x)
    {
        bool denormal = x < 1.17549435e-38f;
        uint bits = Interop.FloatAsInt(denormal ? x * 8388608f : x);
        int exponent = (int)(bits >> 23) - (denormal ? 149 : 126);
        float m = Interop.IntAsFloat((bits & 0x007fffffu) | 0x3f000000u);
        bool low = m < 0.707106781f;
        float e = low ? exponent - 1 : exponent;
        float f = low ? m + m - 1f : m - 1f;
        float z = f * f;
        float p = (((((((7.0376836292e-2f * f - 1.1514610310e-1f) * f + 1.1676998740e-1f) * f - 1.2420140846e-1f) * f + 1.4249322787e-1f) * f
            - 1.6668057665e-1f) * f + 2.0000714765e-1f) * f - 2.4999993993e-1f) * f + 3.3333331174e-1f;
        float y = f * z * p + e * LogTwoLow - 0.5f * z + f + e * LogTwoHigh;
        float special = x == 0f ? float.NegativeInfinity : x > 0f ? x : float.NaN;
        return x > 0f && x < float.PositiveInfinity ? y : special;
    }

    /// <summary>Square root, correctly rounded where the device's is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sqrt(float x) => MathF.Sqrt(x);

    /// <summary>1 / sqrt(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Rsqrt(float x) => 1f / MathF.Sqrt(x);

    /// <summary>Absolute value, by clearing the sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Abs(float x) => Interop.IntAsFloat(Interop.FloatAsInt(x) & 0x7fffffffu);

    /// <summary>Hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Tanh(float x)
    {
        float a = Abs(x), z = x * x;
        float small = ((((-5.70498872745e-3f * z + 2.06390887954e-2f) * z - 5.37397155531e-2f) * z + 1.33314422036e-1f) * z - 3.33332819422e-1f) * z * x + x;
        float large = 1f - 2f / (Exp(a + a) + 1f);
        float signed = x < 0f ? -large : large;
        return a < 0.625f ? small : signed;
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sigmoid(float x) => 1f / (1f + Exp(-x));

    /// <summary>x times its sigmoid.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Silu(float x) => x * Sigmoid(x);

    /// <summary>The larger, or NaN when either is: what MathF.Max gives and max.f32 does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(float a, float b) => a > b | IsNaN(a) ? a : b;

    /// <summary>The smaller, or NaN when either is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Min(float a, float b) => a < b | IsNaN(a) ? a : b;

    /// <summary>Whether the bits are not a number's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNaN(float x) => (Interop.FloatAsInt(x) & 0x7fffffffu) > 0x7f800000u;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float PowerOfTwo(int n) => Interop.IntAsFloat((uint)(n + 127) << 23);
}
