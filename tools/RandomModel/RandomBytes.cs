using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KernelDsl.Tools.RandomModel;

/// <summary>Random tensors as bytes, piece by piece; a piece is overwritten by the next. The same seed gives the same bytes.</summary>
static class RandomBytes
{
    private const int Piece = 1 << 16;

    /// <summary>The state that a tensor begins with.</summary>
    public static ulong Seed(ulong seed, int tensor) => seed * 1_000_003 + (ulong)tensor;

    /// <summary>Bytes of an element.</summary>
    public static int SizeOf(string dtype) => dtype == "F32" ? 4 : 2;

    /// <summary>A tensor of floats: matrices with variance 1 / inputs, norm weights around 1, biases around 0.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Floats(string name, int[] shape, string dtype, ulong state)
    {
        bool norm = name.EndsWith("norm.weight", StringComparison.Ordinal);
        float scale = norm || shape.Length == 1 ? 0.1f : MathF.Sqrt(3f / shape[^1]), shift = norm ? 1 : 0;
        long count = shape.Aggregate(1L, static (a, b) => a * b);
        int size = SizeOf(dtype);
        var bytes = new byte[Piece * size];
        for (long done = 0; done < count; done += Piece)
        {
            int chunk = (int)Math.Min(count - done, Piece);
            for (int i = 0; i < chunk; i++)
            {
                // Uniform in [-1, 1); bf16 holds the sum to eight bits, and so do the others.
                float value = shift + scale * ((Next(ref state) >> 40) * (2f / (1 << 24)) - 1);
                int bits = BitConverter.SingleToInt32Bits(value) & unchecked((int)0xFFFF0000);
                var at = bytes.AsSpan(i * size);
                switch (dtype)
                {
                    case "BF16": BinaryPrimitives.WriteInt16LittleEndian(at, (short)(bits >> 16)); break;
                    case "F16": BinaryPrimitives.WriteHalfLittleEndian(at, (Half)BitConverter.Int32BitsToSingle(bits)); break;
                    default: BinaryPrimitives.WriteInt32LittleEndian(at, bits); break;
                }
            }
            yield return bytes.AsMemory(0, chunk * size);
        }
    }

    /// <summary>Bytes that are any of 256 values alike: so are the integers that are packed in them.</summary>
    /// <param name="count">A multiple of 8.</param>
    public static IEnumerable<ReadOnlyMemory<byte>> Integers(long count, ulong state)
    {
        var words = new ulong[Piece];
        var bytes = new byte[Piece * sizeof(ulong)];
        for (long done = 0; done < count; done += bytes.Length)
        {
            int chunk = (int)Math.Min(count - done, bytes.Length);
            for (int i = 0; i < chunk / sizeof(ulong); i++) words[i] = Next(ref state);
            MemoryMarshal.AsBytes<ulong>(words).CopyTo(bytes);
            yield return bytes.AsMemory(0, chunk);
        }
    }

    // SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
