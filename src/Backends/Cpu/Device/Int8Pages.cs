using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace KernelDsl.Backends.Cpu.Device;

/// <summary>
/// Where int8 pages keep what (<see cref="Int8Vector"/>). A head is its panels, of 16 outputs as in <see cref="Panels"/> but a byte an element and
/// step by step, [contraction][16], and behind them a float scale for each position.
/// </summary>
public static unsafe class Int8Pages
{
    /// <summary>Bytes of one head in a page.</summary>
    public static long HeadBytes(int pageSize, int lanes) => pageSize * (Panels.PaddedLanes(lanes) + (long)sizeof(float));

    /// <summary>First byte of one head in the page that holds a position.</summary>
    public static sbyte* Head(KernelArgument* cache, int sequence, int position, int head) =>
        (sbyte*)cache->Data + (Panels.PageNumber(cache, sequence, position) * cache->PageStride) + (head * HeadBytes(cache->PageSize, cache->Dim3));

    /// <summary>The scales of a head.</summary>
    public static float* Scales(KernelArgument* cache, sbyte* head) => (float*)(head + ((nint)cache->PageSize * Panels.PaddedLanes(cache->Dim3)));

    /// <summary>The byte of an element within its head.</summary>
    public static nint Offset(PageLayout layout, int pageSize, int lanes, int inPage, int lane)
    {
        var (contraction, output, step) = layout == PageLayout.ContractLanes ? (Panels.PaddedLanes(lanes), inPage, lane) : (pageSize, lane, inPage);
        return ((nint)(output / Panels.Width) * contraction * Panels.Width) + ((nint)step * Panels.Width) + (output % Panels.Width);
    }

    /// <summary>What an element reads as.</summary>
    public static ushort Load(KernelArgument* cache, int sequence, int position, int head, int lane)
    {
        sbyte* first = Head(cache, sequence, position, head);
        int inPage = position % cache->PageSize;
        return Int8Vector.Read(first[Offset(cache->Layout, cache->PageSize, cache->Dim3, inPage, lane)], Scales(cache, first)[inPage]).Bits;
    }

    /// <summary>Stores a whole vector of bf16.</summary>
    public static void Store(ushort* vector, KernelArgument* cache, int sequence, int position, int head)
    {
        // Magnitudes compare as integers, with NaN above infinity.
        uint largest = 0;
        for (int lane = 0; lane < cache->Dim3; lane++)
            largest = Math.Max(largest, vector[lane] & 0x7fffu);
        float scale = Int8Vector.ScaleOf(BitConverter.UInt32BitsToSingle(largest << 16));

        sbyte* first = Head(cache, sequence, position, head);
        int inPage = position % cache->PageSize, along = cache->Layout == PageLayout.ContractLanes ? Panels.Width : 1;
        Scales(cache, first)[inPage] = scale;
        int* integers = stackalloc int[Panels.Width];
        for (int lane = 0; lane < cache->Dim3; lane += Panels.Width)
        {
            int count = Math.Min(Panels.Width, cache->Dim3 - lane);
            (scale > 0 ? Round(Simd.Load(vector + lane, count) / Vector512.Create(scale)) : Vector512<int>.Zero).Store(integers);
            sbyte* to = first + Offset(cache->Layout, cache->PageSize, cache->Dim3, inPage, lane);
            for (int i = 0; i < count; i++)
                to[i * along] = (sbyte)integers[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Round(Vector512<float> v) => Vector512.ConvertToInt32Native(Vector512.Round(v));
}
