namespace KernelDsl.Generators.Backend;

/// <summary>The back ends compiled into this assembly: whatever folder of src/Backends has a compiler half.</summary>
public static class BackendCompilers
{
    /// <summary>All of them, by target name.</summary>
    public static IReadOnlyList<IBackendCompiler> All { get; } = typeof(BackendCompilers).Assembly.GetTypes()
        .Where(static t => typeof(IBackendCompiler).IsAssignableFrom(t) && !t.IsAbstract)
        .Select(static t => (IBackendCompiler)Activator.CreateInstance(t))
        .OrderBy(static b => b.Target, StringComparer.Ordinal)
        .ToList();

    /// <summary>The back end of that target, or null.</summary>
    public static IBackendCompiler? For(string target) => All.FirstOrDefault(b => b.Target == target);
}
