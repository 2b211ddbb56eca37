namespace KernelDsl.Generators.Backend;

/// <summary>Capability as data: what passes and lowerings ask of a target instead of its name.</summary>
public sealed record Limits
{
    /// <summary>Bytes of fast scratch memory one program may use (CPU: L1+L2 share; CUDA: shared memory; Ascend: unified buffer).</summary>
    public required int ScratchBytes { get; init; }

    /// <summary>Rows and columns of a Dot are padded to multiples of this.</summary>
    public required int DotGranule { get; init; }

    /// <summary>Block sizes must be multiples of this; 1 for none.</summary>
    public int BlockGranule { get; init; } = 1;

    /// <summary>Floats in one vector or one warp's step.</summary>
    public required int Lanes { get; init; }
}
