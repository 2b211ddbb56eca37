using System.Reflection;

namespace KernelDsl.Runtime.Model;

/// <summary>A model folder embedded in an assembly as resources named "{prefix}{file}"; read in place, nothing is extracted.</summary>
public sealed class EmbeddedFiles(Assembly assembly, string prefix) : ModelFiles
{
    /// <inheritdoc/>
    public override string Name => prefix.TrimEnd('/', '.');

    /// <inheritdoc/>
    public override bool Exists(string file) => assembly.GetManifestResourceInfo(prefix + file) != null;

    /// <inheritdoc/>
    public override string PathOf(string file) => prefix + file;

    /// <inheritdoc/>
    public override Stream OpenRead(string file) =>
        assembly.GetManifestResourceStream(prefix + file) ?? throw new ModelException(PathOf(file), "no such embedded file");

    /// <inheritdoc/>
    public override MappedBytes Map(string file) => MappedBytes.OfStream(OpenRead(file));
}
