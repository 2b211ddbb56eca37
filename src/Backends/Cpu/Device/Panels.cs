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

    /// <summary>The page that holds a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long PageNumber(KernelArgument* cache, int sequence, int position) =>
        cache->PageTable[((long)sequence * cache->PageTableStride) + (position / cache->PageSize)];

    /// <summary>First element of one head's panels in the page that holds a position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort* Page(KernelArgument* cache, int sequence, int position, int head) =>
        (ushort*)((byte*)cache->Data + (PageNumber(cache, sequence, position) * cache->PageStride)) + ((long)head * cache->PageSize * PaddedLanes(cache->Dim3));

    /// <summary>Live elements along axis 1 (positions), 2 (heads) or 3 (lanes) of a cache, widened; the other lanes are 0.</summary>
    public static Vector512<float> LoadPaged(KernelArgument* cache, int sequence, int position, int head, int lane, int axis, int left)
    {
        ushort* lanes = stackalloc ushort[Width];
        for (int i = 0; i < Width; i++)
            lanes[i] = i < left ? Bits(cache, sequence, axis == 1 ? position + i : position, axis == 2 ? head + i : head, axis == 3 ? lane + i : lane) : (ushort)0;
        return Simd.Load(lanes);
    }

    /// <summary>Rounds live elements to bf16 and stores them along axis 1 (positions), 2 (heads) or 3 (lanes) of a bf16 cache.</summary>
    public static void StorePaged(Vector512<float> v, KernelArgument* cache, int sequence, int position, int head, int lane, int axis, int left)
    {
        ushort* lanes = stackalloc ushort[Width];
        Simd.Store(v, lanes, Width);
        for (int i = 0; i < Math.Min(left, Width); i++)
            *Element(cache, sequence, axis == 1 ? position + i : position, axis == 2 ? head + i : head, axis == 3 ? lane + i : lane) = lanes[i];
    }

    /// <summary>Stores the first lanes of a vector, all where the pages are int8.</summary>
    public static void StoreVector(ushort* vector, int count, KernelArgument* cache, int sequence, int position, int head)
    {
        if (cache->CacheFormat == CacheFormat.Int8)
        {
            Int8Pages.Store(vector, cache, sequence, position, head);
            return;
        }

        ushort* first = Element(cache, sequence, position, head, 0);
        if (cache->Layout == PageLayout.ContractLanes)
        {
            for (int i = 0; i < count / 2; i++)
                ((uint*)first)[i * Width] = ((uint*)vector)[i];
            if ((count & 1) != 0)
                first[(count - 1) * Width] = vector[count - 1];
        }
        else
        {
            nint panel = (nint)Elements(cache->PageSize);
            for (int n = 0; n < count; n += Width, first += panel)
                for (int i = 0; i < Math.Min(Width, count - n); i++)
                    first[i * 2] = vector[n + i];
        }
    }

    private static ushort Bits(KernelArgument* cache, int sequence, int position, int head, int lane) =>
        cache->CacheFormat == CacheFormat.Int8 ? Int8Pages.Load(cache, sequence, position, head, lane) : *Element(cache, sequence, position, head, lane);

    private static ushort* Element(KernelArgument* cache, int sequence, int position, int head, int lane)
    {
        int inPage = position % cache->PageSize, lanes = PaddedLanes(cache->Dim3);
        long offset = cache->Layout == PageLayout.ContractLanes ? PanelOffset(lanes, inPage, lane) : PanelOffset(cache->PageSize, lane, inPage);
        return Page(cache, sequence, position, head) + offset;
    }

    private static long PanelOffset(int contraction, int output, int step) =>
        ((output >> 4) * Elements(contraction)) + ((long)(step >> 1) * 32) + ((output & 15) * 2) + (step & 1);
}
