namespace KernelDsl.Runtime.Model;

/// <summary>A model folder on disk.</summary>
public sealed class FolderFiles : ModelFiles
{
    private readonly string _folder;

    /// <summary>The folder that holds config.json.</summary>
    /// <exception cref="ModelException">There is no such folder.</exception>
    public FolderFiles(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ModelException(folder, File.Exists(folder)
                ? "is a file; give the folder that holds config.json and model.safetensors, or a .gguf file"
                : "no such folder; give the folder that holds config.json and model.safetensors, or a .gguf file");
        _folder = folder;
    }

    /// <inheritdoc/>
    public override string Name => _folder;

    /// <inheritdoc/>
    public override bool Exists(string file) => File.Exists(PathOf(file));

    /// <inheritdoc/>
    public override string PathOf(string file) => Path.Combine(_folder, file);

    /// <inheritdoc/>
    public override Stream OpenRead(string file) => Guarded(file, File.OpenRead);

    /// <inheritdoc/>
    public override MappedBytes Map(string file) => Guarded(file, MappedBytes.OfFile);

    private T Guarded<T>(string file, Func<string, T> open)
    {
        var path = PathOf(file);
        try
        {
            return open(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelException(path, "no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(path, $"cannot be read: {e.Message}", e);
        }
    }
}
