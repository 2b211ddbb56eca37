namespace KernelDsl;

/// <summary>
/// Which program of the launch this is. A launch has one program per index of each of three axes; an axis's extent is what the kernel says
/// here, and may depend on parameters only (KDSL0026).
/// </summary>
public static class Grid
{
    /// <summary>This program's index in 0 .. extent along x.</summary>
    public static int X(int extent) => Program.Current.Index(0, extent);

    /// <summary>This program's block of 0 .. extent along x.</summary>
    public static Block X(int extent, int block) => Program.Current.Block(0, extent, block);

    /// <summary>This program's index in 0 .. extent along y.</summary>
    public static int Y(int extent) => Program.Current.Index(1, extent);

    /// <summary>This program's block of 0 .. extent along y.</summary>
    public static Block Y(int extent, int block) => Program.Current.Block(1, extent, block);

    /// <summary>This program's index in 0 .. extent along z.</summary>
    public static int Z(int extent) => Program.Current.Index(2, extent);

    /// <summary>This program's block of 0 .. extent along z.</summary>
    public static Block Z(int extent, int block) => Program.Current.Block(2, extent, block);
}
