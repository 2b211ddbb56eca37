namespace KernelDsl.Backends.Tests.Harness;

/// <summary>Block sizes for a reference run; any choice computes the same up to reassociation.</summary>
public sealed record BlockSizes(int BM, int BN, int BK)
{
    /// <summary>What expected values are computed with.</summary>
    public static BlockSizes Expected { get; } = new(16, 64, 256);

    /// <summary>Another choice, which must agree.</summary>
    public static BlockSizes Other { get; } = new(3, 32, 48);
}

/// <summary>How far a target may be from the reference: |got - want| ≤ Relative · |want| + Absolute. NaN and infinities must be equal.</summary>
public sealed record Tolerance(double Relative, double Absolute)
{
    /// <summary>Nothing is computed, so nothing may differ.</summary>
    public static Tolerance Exact { get; } = new(0, 0);

    /// <summary>Float on both sides, then rounding to bf16 on both: one ulp, at most 2^-7 of the value; absolute covers cancellation.</summary>
    public static Tolerance BFloat16(double absolute = 1e-6) => new(1 / 127.0, absolute);

    /// <summary>A float result after a few operations of a few ulp each (2^-23 of the value), with vector approximations of exp and rsqrt.</summary>
    public static Tolerance Float(double absolute = 1e-6) => new(4e-6, absolute);

    /// <summary>A float sum of products below 1, added in any order: the error grows as the root of the length (Higham 2002, section 4.2), with factor 8.</summary>
    public static Tolerance FloatSum(int length) => new(4e-6, 8 * Math.Sqrt(length) * Math.Pow(2, -24));

    /// <summary>As <see cref="FloatSum"/>, then rounded to bf16.</summary>
    public static Tolerance BFloat16Sum(int length) => BFloat16(FloatSum(length).Absolute);

    /// <summary>A product of two such sums of <paramref name="scale"/>d terms: each is about the root of the length at most, and carries the other's error.</summary>
    public static Tolerance BFloat16Product(int length, double scale = 1) => BFloat16(2 * scale * scale * Math.Sqrt(length) * FloatSum(length).Absolute);
}

/// <summary>A kernel on one shape with random data.</summary>
/// <param name="Kernel">What runs.</param>
/// <param name="Shape">Names the shape among the kernel's cases.</param>
/// <param name="Tolerance">For what the kernel computes; all other memory must keep its bits.</param>
/// <param name="Constants">A value for each [Const] parameter.</param>
/// <param name="Arguments">Makes the arguments; the same data for the same seed.</param>
/// <param name="Reference">Calls the kernel's method.</param>
public sealed record KernelCase(
    KernelInfo Kernel,
    string Shape,
    Tolerance Tolerance,
    IReadOnlyDictionary<string, int> Constants,
    Func<CaseData, KernelArg[]> Arguments,
    Action<KernelLaunch, BlockSizes> Reference)
{
    /// <summary>Outputs by name that have a tolerance of their own.</summary>
    public Dictionary<string, Tolerance> Exceptions { get; } = [];

    /// <summary>Fresh arguments, the same every time.</summary>
    public KernelLaunch NewLaunch() => new(Kernel, Arguments(new CaseData(1)), Constants);

    /// <summary>How far an output may be off.</summary>
    public Tolerance ToleranceOf(string output) => Exceptions.GetValueOrDefault(output, Tolerance);

    /// <summary>Runs the reference on the launch's arguments.</summary>
    public void RunReference(KernelLaunch launch, BlockSizes blocks) => ReferenceLauncher.Run(() => Reference(launch, blocks));

    public override string ToString() => $"{Kernel.Name} {Shape}";
}
