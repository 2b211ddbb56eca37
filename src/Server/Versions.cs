using System.Reflection;

namespace Kdsl;

/// <summary>What this is.</summary>
static class Versions
{
    /// <summary>Version of the product.</summary>
    public static string Product { get; } = typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
}
