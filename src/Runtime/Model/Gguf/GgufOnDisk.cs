namespace KernelDsl.Runtime.Model;

/// <summary>A GGUF file on disk: the whole model.</summary>
public sealed class GgufOnDisk : ModelFiles
{
    private readonly FolderFiles _folder;

    /// <param name="path">The file.</param>
    /// <exception cref="ModelException">There is no such folder.</exception>
    public GgufOnDisk(string path)
    {
        Name = path;
        Gguf = Path.GetFileName(path);
        _folder = new(Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder : ".");
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Gguf { get; }

    /// <inheritdoc/>
    public override bool Exists(string file) => file == Gguf && _folder.Exists(file);

    /// <inheritdoc/>
    public override string PathOf(string file) => file == Gguf ? Name : _folder.PathOf(file);

    /// <inheritdoc/>
    public override Stream OpenRead(string file) => _folder.OpenRead(file);

    /// <inheritdoc/>
    public override MappedBytes Map(string file) => _folder.Map(file);
}
