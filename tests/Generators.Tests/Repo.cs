using System.Reflection;

namespace KernelDsl.Generators.Tests;

/// <summary>Where the repository lies.</summary>
internal static class Repo
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = typeof(Repo).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(static a => a.Key == "RepoRoot").Value!;
}
