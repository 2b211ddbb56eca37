using System.Runtime.InteropServices;
using KernelDsl.Generators.Backends.Cpu;

namespace KernelDsl.MachineTests;

/// <summary>The contractions and strides that every shape is tried with.</summary>
internal static class Problems
{
    // A tile holds 32 steps.
    private static readonly int[] _ofVectors = [0, 1, 2, 3, 7, 8, 33], _ofTiles = [0, 1, 2, 31, 33, 64, 71];

    /// <summary>Operands of a shape, each disposed of when the next is asked for.</summary>
    public static IEnumerable<DotMemory> Of(MachineForm form, MicroKernel kernel)
    {
        foreach (int contraction in form.IsTiled ? _ofTiles : _ofVectors)
            foreach (int padding in new[] { 0, 3 })
            {
                using var memory = new DotMemory(form, kernel, contraction, padding);
                yield return memory;
            }
    }

    /// <summary>All bytes, as words of 32 bits.</summary>
    public static void AssertEqual(byte[] expected, DotMemory memory, string how)
    {
        int at = memory.All.CommonPrefixLength(expected) & ~3;
        if (at >= expected.Length)
            return;
        uint got = MemoryMarshal.Read<uint>(memory.All[at..]), want = MemoryMarshal.Read<uint>(expected.AsSpan(at));
        Assert.Fail($"{how}, k = {memory.Contraction}, stride of a {memory.AStride}: {memory.Locate(at)} is 0x{got:x8}, not 0x{want:x8}");
    }
}
