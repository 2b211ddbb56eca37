namespace KernelDsl.Language.Tests;

public sealed class ReferenceLauncherTests
{
    [Fact]
    public void Run_ThreeAxes_VisitsEveryProgramOnce()
    {
        var seen = new List<(int, int, int)>();
        var grid = ReferenceLauncher.Run(() => seen.Add((Grid.X(10, 4).Start, Grid.Y(2), Grid.Z(3))));
        Assert.Equal((3, 2, 3), grid);
        Assert.Equal(18, seen.Distinct().Count());
        Assert.Equal(18, seen.Count);
        Assert.Contains((8, 1, 2), seen);
    }

    [Fact]
    public void Run_EmptyAxis_RunsNoProgram()
    {
        int programs = 0;
        Assert.Equal(default, ReferenceLauncher.Run(() => programs += Grid.X(0) + 1));
        Assert.Equal(default, ReferenceLauncher.Run(() => programs += Grid.Y(0, 4).Length));
        Assert.Equal(0, programs);
    }

    [Fact]
    public void Run_AxisAskedTwiceWithOtherExtents_Throws() => Fails("KDSL0027", static () => _ = Grid.X(4) + Grid.X(5));

    [Fact]
    public void Run_AxisAskedTwiceAlike_IsOneAxis() => ReferenceLauncher.Run(static () => _ = Zeros(Grid.X(10, 4)) + Zeros(Grid.X(10, 4)));

    [Fact]
    public void Run_ExtentThatDependsOnTheProgram_Throws() => Fails("KDSL0026", static () => _ = Grid.Y(2) == 0 ? Grid.X(4) : Grid.X(5));

    [Fact]
    public void Run_NegativeExtent_Throws() => Fails("Grid.Z(-1)", static () => Grid.Z(-1));

    [Fact]
    public void Run_BlockOfZero_Throws() => Fails("KDSL0044", static () => Grid.Z(4, 0));

    [Fact]
    public void Grid_OutsideALaunch_SaysHowToLaunch() =>
        Assert.Contains("ReferenceLauncher.Run", Assert.Throws<KernelException>(static () => Grid.X(1)).Message);

    private static void Fails(string start, Action program) =>
        Assert.StartsWith(start, Assert.Throws<KernelException>(() => { ReferenceLauncher.Run(program); }).Message);
}
