namespace KernelDsl.Backends.Tests.Harness;

/// <summary>Compares all memory of two launches of one kernel.</summary>
public static class Compare
{
    /// <summary>
    /// Fails, naming parameter and place, where written elements differ by more than the tolerance, or any other element of any storage
    /// (inputs, row padding, guards, pages) differs by a bit.
    /// </summary>
    public static void Launches(KernelLaunch want, KernelLaunch got, Func<string, Tolerance> tolerance)
    {
        foreach (var (parameter, expected, actual) in want.Kernel.Parameters.Zip(want.Args, got.Args))
            switch (expected, actual)
            {
                case (ViewArg e, ViewArg a):
                    Views(parameter, e, a, tolerance(parameter.Name));
                    break;
                case (PagedArg e, PagedArg a):
                    Bits(parameter.Name, new ViewArg<bf16>(e.Cache.Pool), new ViewArg<bf16>(a.Cache.Pool), static _ => false);
                    Same($"{parameter.Name}: integer", e.Cache.Integers, a.Cache.Integers);
                    Same($"{parameter.Name}: scale", Array.ConvertAll(e.Cache.Scales, BitConverter.SingleToInt32Bits), Array.ConvertAll(a.Cache.Scales, BitConverter.SingleToInt32Bits));
                    break;
            }
    }

    private static void Same<T>(string name, T[] want, T[] got)
        where T : IEquatable<T>
    {
        for (int i = 0; i < want.Length; i++)
            if (!want[i].Equals(got[i]))
                Assert.Fail($"{name} {i} of {want.Length} is {got[i]}, the reference has {want[i]}");
    }

    private static void Views(KernelParameter parameter, ViewArg want, ViewArg got, Tolerance tolerance)
    {
        var written = parameter.Writes ? CaseData.Positions(want.Offset, want.Dims, want.Strides).ToArray() : [];
        for (int i = 0; i < written.Length; i++)
        {
            double w = want.FloatAt(written[i]), g = got.FloatAt(written[i]);
            bool equal = w.Equals(g) || Math.Abs(w - g) <= tolerance.Relative * Math.Abs(w) + tolerance.Absolute;
            Assert.True(equal, $"{parameter.Name}[{string.Join(", ", Indices(i, want.Dims))}] is {g}, the reference has {w} ({tolerance})");
        }

        var inside = written.ToHashSet();
        Bits(parameter.Name, want, got, inside.Contains);
    }

    private static void Bits(string name, ViewArg want, ViewArg got, Func<int, bool> except)
    {
        int size = want.Element.Size();
        for (int i = 0; i < want.Bytes.Length / size; i++)
            if (!except(i) && !want.Bytes.Slice(i * size, size).SequenceEqual(got.Bytes.Slice(i * size, size)))
                Assert.Fail($"{name}: storage element {i} (first element at {want.Offset}, {want.Bytes.Length / size} in all) is {got.FloatAt(i)}, must stay {want.FloatAt(i)}");
    }

    private static IEnumerable<int> Indices(int element, int[] dims)
    {
        var indices = new int[dims.Length];
        for (int d = dims.Length - 1; d >= 0; element /= dims[d--]) indices[d] = element % dims[d];
        return indices;
    }
}
