using System.Globalization;
using KernelDsl.Backends.Cpu.Device;

namespace KernelDsl.MachineTests;

/// <summary>Where machine code lies.</summary>
public unsafe class PageTests
{
    // mov eax, imm32; ret
    private static byte[] Returning(byte value) => [0xB8, value, 0, 0, 0, 0xC3];

    [SetFact(InstructionSet.Avx2)]
    public void Map_OfSeveralFunctions_LeavesPagesThatNobodyWrites()
    {
        var entries = MachineCode.Map([.. Enumerable.Range(0, 200).Select(static i => Returning((byte)i))]);
        for (int i = 0; i < entries.Length; i++)
        {
            Assert.Equal("r-xp", Protection(entries[i]));
            Assert.Equal(0, entries[i] % 64);
            Assert.Equal(i, ((delegate* unmanaged<int>)entries[i])());
        }
    }

    [SetFact(InstructionSet.Avx2)]
    public void Map_Again_LeavesEarlierFunctionsAlone()
    {
        nint first = MachineCode.Map(Returning(1)), second = MachineCode.Map(Returning(2));
        Assert.Equal(1, ((delegate* unmanaged<int>)first)());
        Assert.Equal(2, ((delegate* unmanaged<int>)second)());
        Assert.Equal("r-xp", Protection(first));
    }

    /// <summary>What the system's list of this process's memory says of an address.</summary>
    private static string Protection(nint address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split(' '), range = words[0].Split('-');
            if (ulong.Parse(range[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= (ulong)address
                && (ulong)address < ulong.Parse(range[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
                return words[1];
        }

        return "unmapped";
    }
}
