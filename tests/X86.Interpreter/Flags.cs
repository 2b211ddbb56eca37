using System.Numerics;

namespace KernelDsl.X86Interpreter;

/// <summary>The status flags that conditions read (the auxiliary carry serves decimal arithmetic only).</summary>
internal sealed class Flags
{
    public bool Carry { get; set; }
    public bool Zero { get; set; }
    public bool Sign { get; set; }
    public bool Overflow { get; set; }
    public bool Parity { get; set; }

    /// <summary>Sets the flags that follow from a result alone.</summary>
    public void SetResult(ulong result, int bits)
    {
        Zero = result == 0;
        Sign = (result >> (bits - 1) & 1) != 0;
        Parity = (BitOperations.PopCount(result & 0xFF) & 1) == 0;
    }
}
