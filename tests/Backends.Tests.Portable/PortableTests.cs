using KernelDsl.Backends.Cpu.Device;
using KernelDsl.Backends.Tests.Harness;

namespace KernelDsl.Backends.Tests.Portable;

/// <summary>The theories of Backends.Tests for the CPU, in portable vectors: what runs where there is no machine code, and with KDSL_CPU=portable.</summary>
public sealed class PortableTests
{
    private const string Target = "cpu";

    public static TheoryData<string, string> Cases => ForCpu(Suite.Cases.Keys);

    public static TheoryData<string, string> RowKernels => ForCpu(BatchInvarianceTests.RowKernels.Where(static r => (string)r[0] == Target).Select(static r => (string)r[1]));

    [Fact]
    public void Process_RunsPortableVectors() => Assert.Equal(InstructionSet.Portable, Processor.InstructionSet);

    [TargetTheory]
    [MemberData(nameof(Cases))]
    public void Kernel_InPortableVectors_MatchesReference(string target, string kernelCase) => new ConformanceTests().Kernel_OnTarget_MatchesReference(target, kernelCase);

    [TargetTheory]
    [MemberData(nameof(RowKernels))]
    public void Row_AloneOrInABatch_HasTheSameBits(string target, string kernel) => new BatchInvarianceTests().Row_AloneOrInABatch_HasTheSameBits(target, kernel);

    [TargetTheory]
    [InlineData(Target, "Attention.Prefill", "Attention.Decode", "Attention.DecodeJoin", CacheFormat.BFloat16)]
    [InlineData(Target, "Attention.Prefill", "Attention.Decode", "Attention.DecodeJoin", CacheFormat.Int8)]
    public void Query_PrefilledChunkedOrDecoded_HasTheSameBits(string target, string prefill, string decode, string join, CacheFormat format) =>
        new BatchInvarianceTests().Query_PrefilledChunkedOrDecoded_HasTheSameBits(target, prefill, decode, join, format);

    private static TheoryData<string, string> ForCpu(IEnumerable<string> names)
    {
        var data = new TheoryData<string, string>();
        foreach (string name in names)
            data.Add(Target, name);
        return data;
    }
}
