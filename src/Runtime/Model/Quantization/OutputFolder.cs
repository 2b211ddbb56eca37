namespace KernelDsl.Runtime.Model;

/// <summary>The folder that a model is written to: new or empty, on a disk with enough space; gone again if it was new and nothing came of it.</summary>
sealed class OutputFolder : IDisposable
{
    private readonly bool _isNew;

    private OutputFolder(string path) => (Path, _isNew) = (path, !Directory.Exists(path));

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Checks that it may be written to; creates nothing.</summary>
    /// <exception cref="ModelException">It is a file, or has files.</exception>
    public static OutputFolder Check(string path)
    {
        if (File.Exists(path)) throw new ModelException(path, "is a file; give a folder that is new or empty");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()) throw new ModelException(path, "is not empty; give a folder that is new or empty");
        return new(path);
    }

    /// <summary>Creates it.</summary>
    /// <param name="bytes">What will be written.</param>
    /// <param name="available">Bytes free where a folder is; null: ask the system.</param>
    /// <exception cref="ModelException">The disk has less space than that, or the system refuses.</exception>
    public void Create(long bytes, Func<string, long>? available = null)
    {
        try
        {
            Directory.CreateDirectory(Path);
            long free = (available ?? (static path => new DriveInfo(path).AvailableFreeSpace))(System.IO.Path.GetFullPath(Path));
            if (free < bytes) throw new ModelException(Path, $"its disk has {free:N0} bytes free, the model takes {bytes:N0}; free some or give a folder on another disk");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelException(Path, $"cannot be created: {e.Message.TrimEnd('.')}; give a folder that may be written to", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isNew && Directory.Exists(Path) && !Directory.EnumerateFileSystemEntries(Path).Any()) Directory.Delete(Path);
    }
}
