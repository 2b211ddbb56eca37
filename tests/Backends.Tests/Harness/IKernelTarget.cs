namespace KernelDsl.Backends.Tests.Harness;

/// <summary>
/// Something that runs kernels: a back end in this process, an emulator, the reference. Add one by adding a class to Targets/; the suite
/// finds every implementation that has a parameterless constructor.
/// </summary>
public interface IKernelTarget
{
    /// <summary>Short name, unique: "cpu".</summary>
    string Name { get; }

    /// <summary>Why nothing can run here (a driver or tool is missing), or null when it can.</summary>
    string? Unavailable => null;

    /// <summary>The KDSL diagnostic with which the target refuses the kernel, or null where it supports it.</summary>
    string? Refusal(KernelInfo kernel);

    /// <summary>Schedule variants of the kernel that accept the launch; each is tested. The empty name is the target's own choice.</summary>
    IReadOnlyList<string> Variants(KernelLaunch launch) => [""];

    /// <summary>
    /// Copies the arguments to the device, runs, and copies all view storage and all pages back, so that what the kernel wrote anywhere
    /// is seen.
    /// </summary>
    void Run(KernelLaunch launch, string variant);
}

/// <summary>The targets and cases of the suite, by name.</summary>
public static class Suite
{
    /// <summary>All targets, by name.</summary>
    public static IReadOnlyDictionary<string, IKernelTarget> Targets { get; } = typeof(Suite).Assembly.GetTypes()
        .Where(static t => typeof(IKernelTarget).IsAssignableFrom(t) && !t.IsAbstract)
        .Select(static t => (IKernelTarget)Activator.CreateInstance(t)!)
        .OrderBy(static t => t.Name, StringComparer.Ordinal)
        .ToDictionary(static t => t.Name);

    /// <summary>All cases, by name.</summary>
    public static IReadOnlyDictionary<string, KernelCase> Cases { get; } = typeof(Suite).Assembly.GetTypes()
        .Where(static t => typeof(ICaseSource).IsAssignableFrom(t) && !t.IsInterface)
        .SelectMany(static t => ((ICaseSource)Activator.CreateInstance(t)!).Cases())
        .ToDictionary(static c => c.ToString());

    /// <summary>Why the target does not run the kernel, or null when it does.</summary>
    public static string? SkipReason(IKernelTarget target, KernelInfo kernel) =>
        target.Unavailable is { } missing ? $"{target.Name}: {missing}" : target.Refusal(kernel);
}

/// <summary>A family of cases; found by reflection.</summary>
public interface ICaseSource
{
    /// <summary>The cases.</summary>
    IEnumerable<KernelCase> Cases();
}
