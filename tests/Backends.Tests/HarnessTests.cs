using KernelDsl.Backends.Tests.Harness;
using Xunit.Sdk;

namespace KernelDsl.Backends.Tests;

/// <summary>The comparison finds what a wrong target would do.</summary>
public sealed class HarnessTests
{
    [Fact]
    public void Compare_SameLaunch_Passes() => Compare.Launches(Norm(), Norm(), static _ => Tolerance.Exact);

    [Fact]
    public void Compare_OutputBeyondTolerance_FailsNamingThePlace()
    {
        var got = Norm();
        var y = got.BFloat16(2);
        y[1, 2] = (bf16)((float)y[1, 2] * 1.02f);
        Compare.Launches(Norm(), got, static _ => new(0.03, 0));
        Assert.Contains("y[1, 2]", Fails(Norm(), got, Tolerance.BFloat16()));
    }

    [Fact]
    public void Compare_OutputNotStored_Fails()
    {
        var got = Norm();
        got.BFloat16(2)[0, 0] = CaseData.OutBFloat16([1]).Tensor[0];
        Assert.Contains("y[0, 0] is NaN", Fails(Norm(), got, new(1e30, 1e30)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(CaseData.Guard - 1)]
    [InlineData(CaseData.Guard + 64)] // inside the view
    [InlineData(CaseData.Guard + 256)] // between two rows: 256 columns, 128 of padding
    public void Compare_WriteOutsideTheView_Fails(int position)
    {
        foreach (int parameter in new[] { 0, 1, 2 })
        {
            var got = Norm();
            var view = (ViewArg)got.Args[parameter];
            view.Bytes[position * view.Element.Size()] ^= 1;
            bool isOutput = parameter == 2 && position == CaseData.Guard + 64;
            if (!isOutput) Assert.Contains($"storage element {position}", Fails(Norm(), got, Tolerance.BFloat16()));
        }
    }

    [Fact]
    public void Compare_WriteToAPageOfNoOne_Fails()
    {
        var shape = Suite.Cases.Values.First(static c => c.Kernel.Name == "KvWrite.Write");
        KernelLaunch want = shape.NewLaunch(), got = shape.NewLaunch();
        got.Cache(2).Pool[0, 1, 0, 3] = default;
        Assert.StartsWith("keys: storage element", Fails(want, got, Tolerance.Exact));
    }

    [Fact]
    public void Case_BuiltTwice_HasTheSameData() =>
        Assert.All(Suite.Cases.Values, static c => Compare.Launches(c.NewLaunch(), c.NewLaunch(), static _ => Tolerance.Exact));

    private static KernelLaunch Norm()
    {
        var shape = Suite.Cases["Norm.RmsNorm 33x256+128"];
        var launch = shape.NewLaunch();
        shape.RunReference(launch, BlockSizes.Expected);
        return launch;
    }

    private static string Fails(KernelLaunch want, KernelLaunch got, Tolerance tolerance) =>
        Assert.ThrowsAny<XunitException>(() => Compare.Launches(want, got, _ => tolerance)).Message;
}
