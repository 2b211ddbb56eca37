using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// The integer dots in portable vectors, and the arithmetic that machine code repeats: for every block of 32 inputs in order, the exact
/// integer sum s, then <c>t = s - zero · sum</c>, <c>t = t · scale(activation)</c>, <c>c = fma(t, scale(weight), c)</c>.
/// </summary>
public static unsafe class IntegerDot
{
    /// <summary>One row by one panel: c[16] += a · b over whole groups.</summary>
    public static void Row(WeightFormat format, ActivationBlock* a, byte* b, int groups, float* c)
    {
        var sum = Vector512.Load(c);
        int header = QuantisedPanels.HeaderBytes(format), blockBytes = QuantisedPanels.BlockBytes(format);
        for (int g = 0; g < groups; g++)
        {
            var scales = QuantisedPanels.Halves(b);
            var zeros = format.HasZeros ? QuantisedPanels.Halves(b + QuantisedPanels.ScaleBytes) : Vector512<float>.Zero;
            b += header;
            for (int block = 0; block < format.Group / WeightFormat.Block; block++, b += blockBytes, a++)
            {
                var products = format.Encoding == WeightEncoding.Int8 ? Int8(a, b) : Int4(a, b);
                if (format is { Encoding: WeightEncoding.Int4, HasZeros: false })
                    products += Vector512.Create(a->MinusEight);
                var t = Vector512.ConvertToSingle(products);
                if (format.HasZeros)
                    t = Vector512.FusedMultiplyAdd(-zeros, Vector512.Create(a->Sum), t);
                sum = Vector512.FusedMultiplyAdd(t * Vector512.Create(a->Scale), scales, sum);
            }
        }

        sum.Store(c);
    }

    private static Vector512<int> Int8(ActivationBlock* a, byte* b)
    {
        var sum = Vector512<int>.Zero;
        for (int i = 0; i < WeightFormat.Block; i += 4, b += 64)
        {
            var v = Vector512.Load((int*)b);
            sum += Product(v << 24, a->Values[i]) + Product(v << 16, a->Values[i + 1]) + Product(v << 8, a->Values[i + 2]) + Product(v, a->Values[i + 3]);
        }

        return sum;
    }

    private static Vector512<int> Int4(ActivationBlock* a, byte* b)
    {
        var sum = Vector512<int>.Zero;
        for (int i = 0; i < WeightFormat.Block / 2; i += 4, b += 64)
        {
            var v = Vector512.Load((int*)b);
            for (int j = 0; j < 4; j++, v >>>= 8)
            {
                sum += (v & Vector512.Create(15)) * Vector512.Create((int)a->Values[i + j]);
                sum += ((v >>> 4) & Vector512.Create(15)) * Vector512.Create((int)a->Values[i + j + (WeightFormat.Block / 2)]);
            }
        }

        return sum;
    }

    /// <summary>The upper byte of each lane, signed, times a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Product(Vector512<int> v, int x) => (v >> 24) * Vector512.Create(x);
}
