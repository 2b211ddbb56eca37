using KernelDsl.Backends.Tests.Harness;

namespace KernelDsl.Backends.Tests;

/// <summary>Every kernel, every case, every target, every schedule variant: the reference's values, and no other byte touched.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<string, string> TargetsAndCases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string target in Suite.Targets.Keys)
                foreach (string kernelCase in Suite.Cases.Keys)
                    data.Add(target, kernelCase);
            return data;
        }
    }

    [TargetTheory]
    [MemberData(nameof(TargetsAndCases))]
    public void Kernel_OnTarget_MatchesReference(string target, string kernelCase)
    {
        var subject = Suite.Targets[target];
        var shape = Suite.Cases[kernelCase];
        var want = shape.NewLaunch();
        shape.RunReference(want, BlockSizes.Expected);

        var variants = subject.Variants(want);
        Assert.NotEmpty(variants);
        foreach (string variant in variants)
        {
            var got = shape.NewLaunch();
            subject.Run(got, variant);
            Compare.Launches(want, got, shape.ToleranceOf);
        }
    }

    [Fact]
    public void Suite_EveryKernel_HasCases() =>
        Assert.Equal(KernelList.All.Select(static k => k.Name).Order(), Suite.Cases.Values.Select(static c => c.Kernel.Name).Distinct().Order());

    [Fact]
    public void Suite_EveryConstant_IsTried() =>
        Assert.All(KernelList.All, static kernel => Assert.All(kernel.Constants, constant => Assert.Equal(
            constant.Values.Order(), Suite.Cases.Values.Where(c => c.Kernel == kernel).Select(c => c.Constants[constant.Name]).Distinct().Order())));
}
