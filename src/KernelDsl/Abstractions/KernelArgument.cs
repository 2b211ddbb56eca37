using System.Runtime.InteropServices;

namespace KernelDsl;

/// <summary>Which axis of a page the dots of a kernel contract over: the back end lays pages out accordingly.</summary>
public enum PageLayout
{
    /// <summary>Contracted over lanes (keys: scores = q · kᵀ).</summary>
    ContractLanes,

    /// <summary>Contracted over positions (values: o = p · v).</summary>
    ContractPositions,
}

/// <summary>
/// One bound argument, blittable, the same shape for every parameter kind, so that a launch is a plain array that a captured graph
/// patches in place. Dimensions and strides count elements; a view's innermost stride is 1.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct KernelArgument
{
    /// <summary>First element of a view in device memory; packed storage for Weight, the page pool for Paged.</summary>
    public void* Data;

    /// <summary>Dimensions: a view's own; [out, in] for Weight; [sequences, positions, heads, lanes] for Paged.</summary>
    public int Dim0, Dim1, Dim2, Dim3;

    /// <summary>Strides of the outer dimensions; the innermost is 1. Unused for Weight and Paged, whose layout the back end owns.</summary>
    public long Stride0, Stride1, Stride2;

    /// <summary>Paged: the page table, row-major [sequences, PageTableStride], page numbers in the pool.</summary>
    public int* PageTable;

    /// <summary>Paged: page numbers per sequence in <see cref="PageTable"/>.</summary>
    public int PageTableStride;

    /// <summary>Paged: positions per page.</summary>
    public int PageSize;

    /// <summary>Paged: how the pages are laid out.</summary>
    public PageLayout Layout;

    /// <summary>Value of an Int parameter.</summary>
    public int Int;

    /// <summary>Value of a Float parameter.</summary>
    public float Float;

    /// <summary>Paged: what the pages hold.</summary>
    public CacheFormat CacheFormat;

    /// <summary>Paged: bytes from a page to the next: those of the page itself where the pool holds nothing else.</summary>
    public long PageStride;

    /// <summary>Weight: how it is stored.</summary>
    public WeightFormat Format;

    /// <summary>Weight of integers: what is multiplied by them.</summary>
    public ActivationFormat Activations;

    /// <summary>Weight: whether integers are multiplied by integers.</summary>
    public readonly bool MultipliesIntegers => Format.IsQuantised && Activations == ActivationFormat.Int8;

    /// <summary>For the back end, while a launch runs: what it made of a view for all programs at once; null: nothing.</summary>
    public void* Prepared;

    /// <summary>An Int argument.</summary>
    public static KernelArgument OfInt(int value) => new() { Int = value };

    /// <summary>A Float argument.</summary>
    public static KernelArgument OfFloat(float value) => new() { Float = value };

    /// <summary>A dense row-major view of up to four dimensions.</summary>
    public static KernelArgument OfView(void* data, params ReadOnlySpan<int> dims)
    {
        var a = new KernelArgument { Data = data, Dim0 = 1, Dim1 = 1, Dim2 = 1, Dim3 = 1, Stride0 = 1, Stride1 = 1, Stride2 = 1 };
        if (dims.Length > 0) a.Dim0 = dims[0];
        if (dims.Length > 1) a.Dim1 = dims[1];
        if (dims.Length > 2) a.Dim2 = dims[2];
        if (dims.Length > 3) a.Dim3 = dims[3];
        switch (dims.Length)
        {
            case 2: a.Stride0 = dims[1]; break;
            case 3: a.Stride0 = (long)dims[1] * dims[2]; a.Stride1 = dims[2]; break;
            case 4: a.Stride0 = (long)dims[1] * dims[2] * dims[3]; a.Stride1 = (long)dims[2] * dims[3]; a.Stride2 = dims[3]; break;
        }
        return a;
    }
}
