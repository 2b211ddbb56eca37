using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Ascend;

/// <summary>A load or store as C++: the first element and the live extent. Rows come from the block that is not innermost.</summary>
internal sealed class Access
{
    /// <summary>Reads the indices of a load or store.</summary>
    public Access(string view, IReadOnlyList<ViewIndex> indices, ScalarText text)
    {
        var starts = indices.Select(static i => i is BlockIndex b ? b.Start : ((ScalarIndex)i).Value).ToList();
        Element = $"{view}View[{text.Offset(view, starts)}]";
        int last = indices.Count - 1, row = -1;
        for (int i = 0; i < last; i++)
            if (indices[i] is BlockIndex)
                row = i;
        Rows = row < 0 ? "1" : text.Of(((BlockIndex)indices[row]).Axis.Live);
        RowStride = row < 0 ? "0" : ScalarText.Stride(view, row);
        Cols = indices[last] is BlockIndex columns ? text.Of(columns.Axis.Live) : "1";
    }

    /// <summary>The global tensor at the first element.</summary>
    public string Element { get; }

    /// <summary>Live rows.</summary>
    public string Rows { get; }

    /// <summary>Live columns.</summary>
    public string Cols { get; }

    /// <summary>Elements from one row to the next.</summary>
    public string RowStride { get; }
}
