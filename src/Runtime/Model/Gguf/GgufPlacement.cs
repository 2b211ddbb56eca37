namespace KernelDsl.Runtime.Model;

/// <summary>Where the tensors' data lies: aligned, one after another with nothing between but padding, and all within the file.</summary>
static class GgufPlacement
{
    private const string AlignmentKey = "general.alignment";

    private const int DefaultAlignment = 32, LeastAlignment = 8, MostAlignment = 1 << 24;

    /// <summary>The alignment that the file names, or the format's own.</summary>
    /// <exception cref="GgufException">It is no power of two, or out of range.</exception>
    public static int Alignment(GgufMetadata metadata)
    {
        int alignment = metadata.Int(AlignmentKey, LeastAlignment, MostAlignment, DefaultAlignment);
        return int.IsPow2(alignment) ? alignment : throw metadata.Fault(AlignmentKey, $"{alignment}", "a power of two");
    }

    /// <summary>The tensors with their places in the file, in the order of their data.</summary>
    /// <exception cref="GgufException">A tensor is misaligned, overlaps another, leaves a hole, or ends outside the file; or bytes are left over.</exception>
    public static List<GgufTensor> Place(string file, GgufHeader.Parts header, int alignment, long fileBytes)
    {
        long start = Align(header.End, alignment), dataBytes = Math.Max(fileBytes - start, 0), at = 0;
        var placed = new List<GgufTensor>(header.Tensors.Count);
        foreach (var tensor in header.Tensors.OrderBy(static t => t.Start))
        {
            GgufException Fault(GgufFault fault, string message) => new(file, $"tensor {Text.Quote(tensor.Name)}", fault, message);

            if (tensor.Start % (ulong)alignment != 0)
                throw Fault(GgufFault.Offset, $"begins at byte {tensor.Start} of the data, no multiple of {AlignmentKey} = {alignment}");
            if (tensor.Start > (ulong)dataBytes || tensor.Bytes > dataBytes - (long)tensor.Start)
                throw Fault(GgufFault.Truncated, $"takes {tensor.Bytes} bytes from byte {tensor.Start} of the data, which has {dataBytes}; is the file truncated?");
            long expected = Align(at, alignment);
            if ((long)tensor.Start != expected)
                throw Fault(GgufFault.Offset, $"begins at byte {tensor.Start} of the data, expected {expected}: tensors must follow each other without hole or overlap");
            at = expected + tensor.Bytes;
            placed.Add(new(tensor.Name, tensor.TypeNumber, tensor.Layout, tensor.Shape, start + expected, tensor.Bytes));
        }

        long end = Align(start + at, alignment);
        if (fileBytes > end)
            throw new GgufException(file, null, GgufFault.TrailingBytes, $"has {fileBytes} bytes, its tensors end at byte {end}; is it padded, or two files in one?");
        return placed;
    }

    private static long Align(long position, int alignment) => (position + alignment - 1) / alignment * alignment;
}
