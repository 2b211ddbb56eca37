namespace KernelDsl.Runtime.Model;

/// <summary>What is wrong with a safetensors file; the names of the reference reader's errors.</summary>
public enum SafeTensorsFault
{
    /// <summary>Fewer than the eight bytes of the header's length.</summary>
    HeaderTooSmall,

    /// <summary>The header claims more than 100,000,000 bytes.</summary>
    HeaderTooLarge,

    /// <summary>The header claims more bytes than the file has.</summary>
    InvalidHeaderLength,

    /// <summary>The header is not UTF-8.</summary>
    InvalidHeader,

    /// <summary>The header is not JSON of the expected form.</summary>
    InvalidHeaderDeserialization,

    /// <summary>Tensors overlap, leave a hole, or end before they begin.</summary>
    InvalidOffset,

    /// <summary>The shape's size does not fit 64 bits.</summary>
    ValidationOverflow,

    /// <summary>The tensor does not end at a whole byte.</summary>
    MisalignedSlice,

    /// <summary>The offsets do not agree with dtype and shape.</summary>
    TensorInvalidInfo,

    /// <summary>The tensors end before or after the file does.</summary>
    MetadataIncompleteBuffer,

    /// <summary>A name occurs twice.</summary>
    DuplicateName,

    /// <summary>The index of a sharded checkpoint is wrong.</summary>
    InvalidIndex,
}

/// <summary>A safetensors file that is refused.</summary>
public sealed class SafeTensorsException(string file, string? tensor, SafeTensorsFault fault, string message, Exception? inner = null)
    : ModelException(file, tensor == null ? message : $"tensor {Text.Quote(tensor)}: {message}", inner)
{
    /// <summary>What kind of fault.</summary>
    public SafeTensorsFault Fault { get; } = fault;

    /// <summary>The tensor at fault, where it is one.</summary>
    public string? Tensor { get; } = tensor;
}
