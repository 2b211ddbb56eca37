namespace KernelDsl.Runtime.Model;

/// <summary>What is wrong with a GGUF file.</summary>
public enum GgufFault
{
    /// <summary>The first four bytes are not GGUF.</summary>
    NotGguf,

    /// <summary>A version of the format that is not read, or one in big-endian order.</summary>
    Version,

    /// <summary>The file ends inside the header, or before its tensors do.</summary>
    Truncated,

    /// <summary>A count or length that no file of this size can hold, or that exceeds the format's limit.</summary>
    Count,

    /// <summary>Text that is not UTF-8.</summary>
    Text,

    /// <summary>A key or a tensor's name occurs twice.</summary>
    DuplicateName,

    /// <summary>A metadata value has an unknown type, or one that its key may not have.</summary>
    ValueType,

    /// <summary>A metadata value is missing, or not one that is allowed.</summary>
    Value,

    /// <summary>A tensor's type is not one of ggml's.</summary>
    TensorType,

    /// <summary>A tensor's dimensions: too many, none, too large, or rows that are no whole blocks.</summary>
    Shape,

    /// <summary>A tensor's data: misaligned, overlapping, with a hole before it.</summary>
    Offset,

    /// <summary>Bytes after the last tensor.</summary>
    TrailingBytes,
}

/// <summary>A GGUF file that is refused.</summary>
public sealed class GgufException(string file, string? subject, GgufFault fault, string message)
    : ModelException(file, subject == null ? message : $"{subject}: {message}")
{
    /// <summary>What kind of fault.</summary>
    public GgufFault Fault { get; } = fault;
}
