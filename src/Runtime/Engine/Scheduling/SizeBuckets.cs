using System.Numerics;

namespace KernelDsl.Runtime.Engine;

/// <summary>Sizes that share an estimate: 0, 1, 2, 3, then four to an octave.</summary>
static class SizeBuckets
{
    /// <summary>The bucket of a size.</summary>
    public static int Of(int size)
    {
        if (size < 4)
            return size;
        var octave = BitOperations.Log2((uint)size);
        return 4 * (octave - 1) + ((size >> (octave - 2)) & 3);
    }

    /// <summary>The smallest size of a bucket.</summary>
    public static int Least(int bucket) => bucket < 4 ? bucket : (4 + bucket % 4) << (bucket / 4 - 1);
}
