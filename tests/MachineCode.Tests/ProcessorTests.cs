using KernelDsl.Backends.Cpu.Device;

namespace KernelDsl.MachineTests;

/// <summary>What KDSL_CPU may say.</summary>
public class ProcessorTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Choose_OfNothing_IsTheBest(string? wanted) =>
        Assert.All(Enum.GetValues<InstructionSet>(), best => Assert.Equal(best, Processor.Choose(wanted, best)));

    [Fact]
    public void Choose_OfPortable_IsAlwaysAllowed() =>
        Assert.All(Enum.GetValues<InstructionSet>(), static best => Assert.Equal(InstructionSet.Portable, Processor.Choose("portable", best)));

    [Theory]
    [InlineData("avx2", InstructionSet.Avx2)]
    [InlineData("Avx512", InstructionSet.Avx512)]
    [InlineData("AVX512BF16", InstructionSet.Avx512Bf16)]
    [InlineData("amx", InstructionSet.Amx)]
    public void Choose_OfASetUpToTheBest_IsThatSet(string wanted, InstructionSet set) => Assert.Equal(set, Processor.Choose(wanted, InstructionSet.Amx));

    [Theory]
    [InlineData("avx2", InstructionSet.Portable, "portable")]
    [InlineData("avx512", InstructionSet.Avx2, "portable, avx2")]
    [InlineData("avx512bf16", InstructionSet.Avx512, "portable, avx2, avx512")]
    [InlineData("amx", InstructionSet.Avx512Bf16, "portable, avx2, avx512, avx512vnni, avx512bf16")]
    [InlineData("sse9", InstructionSet.Avx512, "portable, avx2, avx512")]
    [InlineData(" ", InstructionSet.Avx2, "portable, avx2")]
    [InlineData("1", InstructionSet.Avx2, "portable, avx2")]
    [InlineData("portable,avx2", InstructionSet.Avx2, "portable, avx2")]
    public void Choose_OfAnythingElse_SaysWhatMayBe(string wanted, InstructionSet best, string allowed)
    {
        var error = Assert.Throws<PlatformNotSupportedException>(() => Processor.Choose(wanted, best));
        Assert.Equal($"KDSL_CPU is '{wanted}'; on this processor it may be {allowed}", error.Message);
    }

    /// <summary>Asked of cpuid in two ways: by the product, and by .NET for the interpreter.</summary>
    [Fact]
    public void Best_OfThisHost_IsWhatItsFeaturesAllow()
    {
        bool tilesWanted = string.Equals(Environment.GetEnvironmentVariable(Processor.Variable), "amx", StringComparison.OrdinalIgnoreCase);
        var expected = Enum.GetValues<InstructionSet>()
            .Last(s => s == InstructionSet.Portable || (Forms.Promised(s).IsSubsetOf(X86Interpreter.Host.Features) && (s != InstructionSet.Amx || tilesWanted)));
        Assert.Equal(expected, Processor.Best);
    }

    /// <summary>Asked of the system in two ways, on hosts without tiles too.</summary>
    [Fact]
    public void Permission_OfTiles_IsWhatTheSystemSays()
    {
        if (X86Interpreter.NativeFunction.Works)
            Assert.Equal(X86Interpreter.Host.Features.Contains(Iced.Intel.CpuidFeature.AMX_TILE), TilePermission.Request());
    }
}
