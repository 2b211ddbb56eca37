namespace KernelDsl.X86Interpreter;

/// <summary>Why a run was stopped, or refused at its return.</summary>
public enum FaultKind
{
    /// <summary>The interpreter has no entry for the instruction, or for a form of it.</summary>
    UnknownInstruction,

    /// <summary>The instruction belongs to an instruction set that the caller did not allow.</summary>
    FeatureNotAllowed,

    /// <summary>A read or write outside the allowed ranges, or a write to a range for reading only.</summary>
    OutOfRange,

    /// <summary>An aligned load or store at an address that is not.</summary>
    Misaligned,

    /// <summary>An instruction read a flag that an earlier one left undefined.</summary>
    UndefinedFlag,

    /// <summary>Execution went on outside the code.</summary>
    LeftCode,

    /// <summary>More instructions were executed than allowed.</summary>
    StepLimit,

    /// <summary>A register that the callee must preserve was not.</summary>
    ClobberedRegister,

    /// <summary>The function returned with the upper half of a vector register in use.</summary>
    MissingVzeroupper,

    /// <summary>A tile configuration that is none, or a tile used otherwise than it is configured.</summary>
    InvalidTile,

    /// <summary>The function returned with tiles configured.</summary>
    MissingTilerelease,
}
