using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Where an element of packed storage lies. A panel is 16 outputs by pairs of the contraction, [contraction/2][16][2] bf16: a vector holds
/// two steps of 16 dot products. Weights are [outputs/16] panels over the inputs; pages of keys are panels of 16 positions over the lanes,
/// pages of values panels of 16 lanes over the positions.
/// </summary>
public static unsafe class Panels
{
    /// <summary>Outputs in a panel; also the granule of page sizes.</summary>
    public const int Width = 16;

    /// <summary>Elements of a panel over a contraction of the given length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Elements(int contraction) => (long)((contraction + 1) >> 1) * (2 * Width);

    /// <summary>Lanes of a cached vector as stored: whole panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int PaddedLanes(int lanes) => (lanes + Width - 1) & -Width;

    /// <summary>Offset of a weight's element [output, input].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long WeightOffset(int inputs, int output, int input) =>
        ((output >> 4) * Elements(inputs)) + ((long)(input >> 1) * 32) + ((output & 15) * 2) + (input & 1);

    /// <summary>Live elements along axis 0 (outputs) or 1 (inputs) of a weight, widened; the other lanes are 0.</summary>
    public static Vector512<float> LoadWeight(KernelArgument* weight, int output, int input, int axis, int left)
    {
        if (weight->Format.IsQuantised)
            return LoadQuantised(weight, output, input, axis, left);
        ushort* data = (ushort*)weight->Data;
        ushort* lanes = stackalloc ushort[Width];
        for (int i = 0; i < Width; i++)
            lanes[i] = i < left ? data[axis == 0 ? WeightOffset(weight->Dim1, output + i, input) : WeightOffset(weight->Dim1, output, input + i)] : (ushort)0;
        return Simd.Load(lanes);
    }

    private static Vector512<float> LoadQuantised(KernelArgument* weight, int output, int input, int axis, int left)
    {
        ushort* lanes = stackalloc ushort[Width];
        for (int i = 0; i < Width; i++)
            lanes[i] = i < left ? ((BFloat16)QuantisedPanels.Load((byte*)weight->Data, weight->Dim1, weight->Format, axis == 0 ? output + i : output, axis == 0 ? input : input + i)).Bits : (ushort)0;
        return Simd.Load(lanes);
    }

    /// <summary>First element of one head's panels in the page that holds a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort* Page(KernelArgument* cache, int sequence, int position, int head)
    {
        int page = cache->PageTable[((long)sequence * cache->PageTableStride) + (position / cache->PageSize)];
        return (ushort*)((byte*)cache->Data + (page * cache->PageStride)) + ((long)head * cache->PageSize * PaddedLanes(cache->Dim3));
    }

    /// <summary>Live elements along axis 1 (positions), 2 (heads) or 3 (lanes) of a cache, widened; the other lanes are 0.</summary>
    public static Vector512<float> LoadPaged(KernelArgument* cache, int sequence, int position, int head, int lane, int axis, int left)
    {
        ushort* lanes = stackalloc ushort[Width];
        for (int i = 0; i < Width; i++)
            lanes[i] = i < left ? *Element(cache, sequence, position, head, lane, axis, i) : (ushort)0;
        return Simd.Load(lanes);
    }

    /// <summary>Rounds live elements to bf16 and stores them along axis 1 (positions), 2 (heads) or 3 (lanes) of a cache.</summary>
    public static void StorePaged(Vector512<float> v, KernelArgument* cache, int sequence, int position, int head, int lane, int axis, int left)
    {
        ushort* lanes = stackalloc ushort[Width];
        Simd.Store(v, lanes, Width);
        int count = Math.Min(left, Width);
        if (axis == 3 && cache->Layout == PageLayout.ContractLanes && count == Width && (lane & 1) == 0)
        {
            uint* pairs = (uint*)Element(cache, sequence, position, head, lane, axis, 0);
            for (int i = 0; i < Width / 2; i++)
                pairs[i * Width] = ((uint*)lanes)[i];
        }
        else if (axis == 3 && cache->Layout == PageLayout.ContractPositions && count == Width && (lane & 15) == 0)
        {
            ushort* first = Element(cache, sequence, position, head, lane, axis, 0);
            for (int i = 0; i < Width; i++)
                first[i * 2] = lanes[i];
        }
        else
        {
            for (int i = 0; i < count; i++)
                *Element(cache, sequence, position, head, lane, axis, i) = lanes[i];
        }
    }

    private static ushort* Element(KernelArgument* cache, int sequence, int position, int head, int lane, int axis, int i)
    {
        if (axis == 1)
            position += i;
        else if (axis == 2)
            head += i;
        else
            lane += i;
        int inPage = position % cache->PageSize, lanes = PaddedLanes(cache->Dim3);
        long offset = cache->Layout == PageLayout.ContractLanes ? PanelOffset(lanes, inPage, lane) : PanelOffset(cache->PageSize, lane, inPage);
        return Page(cache, sequence, position, head) + offset;
    }

    private static long PanelOffset(int contraction, int output, int step) =>
        ((output >> 4) * Elements(contraction)) + ((long)(step >> 1) * 32) + ((output & 15) * 2) + (step & 1);
}
