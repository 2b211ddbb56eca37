using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Kdsl.Bench;

/// <summary>Measures what the machine can do at this moment: other tenants change it, so every result is a ratio to a limit measured beside it.</summary>
static unsafe class Machine
{
    const long StreamBytes = 512L << 20;
    static readonly float* _stream = MakeStream();

    /// <summary>Bytes per second of a streaming read by all threads, each from its own range.</summary>
    public static double ReadBandwidth(int threads) => StreamBytes / Parallel(threads, static (i, n) =>
    {
        long floats = StreamBytes / sizeof(float) / n;
        float* p = _stream + (i * floats);
        var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (long k = 0; k + 64 <= floats; k += 64)
        {
            a += Vector512.Load(p + k);
            b += Vector512.Load(p + k + 16);
            c += Vector512.Load(p + k + 32);
            d += Vector512.Load(p + k + 48);
        }

        return Vector512.Sum(a + b + c + d);
    });

    /// <summary>
    /// Floating-point operations per second of fused multiply-adds in registers, two per lane: twelve chains of the widest vectors, as many
    /// as fit beside their operands in sixteen registers.
    /// </summary>
    public static double FusedMultiplyAdds(int threads)
    {
        const int Iterations = 2_000_000;
        return Vector512.IsHardwareAccelerated
            ? 12.0 * 16 * 2 * Iterations * threads / Parallel(threads, static (_, _) => Chains512(Iterations))
            : 12.0 * 8 * 2 * Iterations * threads / Parallel(threads, static (_, _) => Chains256(Iterations));
    }

    static float Chains512(int iterations)
    {
        Vector512<float> x = Vector512.Create(0.999f), y = Vector512.Create(1e-3f);
        Vector512<float> a = y, b = x, c = y, d = x, e = y, f = x, g = y, h = x, i = y, j = x, k = y, l = x;
        for (int n = 0; n < iterations; n++)
        {
            a = Vector512.FusedMultiplyAdd(a, x, y); b = Vector512.FusedMultiplyAdd(b, x, y); c = Vector512.FusedMultiplyAdd(c, x, y);
            d = Vector512.FusedMultiplyAdd(d, x, y); e = Vector512.FusedMultiplyAdd(e, x, y); f = Vector512.FusedMultiplyAdd(f, x, y);
            g = Vector512.FusedMultiplyAdd(g, x, y); h = Vector512.FusedMultiplyAdd(h, x, y); i = Vector512.FusedMultiplyAdd(i, x, y);
            j = Vector512.FusedMultiplyAdd(j, x, y); k = Vector512.FusedMultiplyAdd(k, x, y); l = Vector512.FusedMultiplyAdd(l, x, y);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    static float Chains256(int iterations)
    {
        Vector256<float> x = Vector256.Create(0.999f), y = Vector256.Create(1e-3f);
        Vector256<float> a = y, b = x, c = y, d = x, e = y, f = x, g = y, h = x, i = y, j = x, k = y, l = x;
        for (int n = 0; n < iterations; n++)
        {
            a = Vector256.FusedMultiplyAdd(a, x, y); b = Vector256.FusedMultiplyAdd(b, x, y); c = Vector256.FusedMultiplyAdd(c, x, y);
            d = Vector256.FusedMultiplyAdd(d, x, y); e = Vector256.FusedMultiplyAdd(e, x, y); f = Vector256.FusedMultiplyAdd(f, x, y);
            g = Vector256.FusedMultiplyAdd(g, x, y); h = Vector256.FusedMultiplyAdd(h, x, y); i = Vector256.FusedMultiplyAdd(i, x, y);
            j = Vector256.FusedMultiplyAdd(j, x, y); k = Vector256.FusedMultiplyAdd(k, x, y); l = Vector256.FusedMultiplyAdd(l, x, y);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    /// <summary>Seconds from the common start of all threads to the end of the last.</summary>
    static double Parallel(int threads, Func<int, int, float> work)
    {
        using var start = new Barrier(threads);
        float sink = 0;
        double begin = 0, end = 0;
        var workers = Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            if (i == 0)
                begin = Clock.Now(threads);
            sink += work(i, threads);
            if (threads == 1)
                end = Clock.Now(threads);
        })).ToList();
        workers.ForEach(static t => t.Start());
        workers.ForEach(static t => t.Join());
        GC.KeepAlive(sink);
        return (threads == 1 ? end : Clock.Now(threads)) - begin;
    }

    static float* MakeStream()
    {
        float* p = (float*)NativeMemory.AlignedAlloc((nuint)StreamBytes, 2 << 20);
        new Span<float>(p, (int)(StreamBytes / sizeof(float))).Fill(1e-3f);
        return p;
    }
}
