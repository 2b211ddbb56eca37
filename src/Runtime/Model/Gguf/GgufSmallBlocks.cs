using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// ggml's blocks of 32: a half for the scale; in the types ending in 1 a half for the offset; in Q5 types 32 fifth bits, element i at bit i;
/// then the integers, of which a byte holds elements i (low bits) and i + 16 (high bits).
/// </summary>
static class GgufSmallBlocks
{
    private const int HalfBlock = 16, HalfBytes = 2;

    /// <summary>One block.</summary>
    public static void Split(GgufType type, ReadOnlySpan<byte> block, Span<sbyte> q, out float scale, Span<float> minimum)
    {
        scale = HalfAt(block, 0);
        int at = HalfBytes;
        if (type == GgufType.Q8_0)
        {
            MemoryMarshal.Cast<byte, sbyte>(block[at..]).CopyTo(q);
            return;
        }

        if (!minimum.IsEmpty)
        {
            // The file has an offset to add.
            minimum[0] = -HalfAt(block, at);
            at += HalfBytes;
        }
        uint fifth = 0;
        bool hasFifth = type is GgufType.Q5_0 or GgufType.Q5_1;
        if (hasFifth)
        {
            fifth = BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
            at += sizeof(uint);
        }

        int centre = -GgufBlocks.Range(type).Least;
        for (int i = 0; i < HalfBlock; i++)
        {
            int low = block[at + i] & 15, high = block[at + i] >> 4;
            if (hasFifth)
            {
                low |= (int)(fifth >> i & 1) << 4;
                high |= (int)(fifth >> (i + HalfBlock) & 1) << 4;
            }
            q[i] = (sbyte)(low - centre);
            q[i + HalfBlock] = (sbyte)(high - centre);
        }
    }

    /// <summary>The half at a byte offset.</summary>
    public static float HalfAt(ReadOnlySpan<byte> block, int offset) => (float)BinaryPrimitives.ReadHalfLittleEndian(block[offset..]);
}
