namespace KernelDsl.Runtime.Model;

/// <summary>The files of one Hugging Face model folder, wherever they lie: on disk, or embedded in an assembly.</summary>
public abstract class ModelFiles
{
    /// <summary>A model on disk: a folder, or one GGUF file.</summary>
    /// <exception cref="ModelException">There is neither.</exception>
    public static ModelFiles Open(string path) => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) && File.Exists(path) ? new GgufOnDisk(path) : new FolderFiles(path);

    /// <summary>Name of the one file that is the whole model, in GGUF; null: the files are Hugging Face's.</summary>
    public virtual string? Gguf => null;

    /// <summary>What messages call the model: the folder's path, or the resource's name.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the model has this file.</summary>
    public abstract bool Exists(string file);

    /// <summary>What messages call one file of it.</summary>
    public abstract string PathOf(string file);

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="ModelException">There is no such file, or it cannot be read.</exception>
    public abstract Stream OpenRead(string file);

    /// <summary>Maps a file into memory without reading it.</summary>
    /// <exception cref="ModelException">There is no such file, or it cannot be mapped.</exception>
    public abstract MappedBytes Map(string file);

    /// <summary>Maps a file and hands it to whoever reads its header; lets it go where that fails.</summary>
    /// <exception cref="ModelException">There is no such file, it cannot be mapped, or the reader refuses it.</exception>
    internal T Open<T>(string file, Func<string, MappedBytes, T> read)
    {
        var bytes = Map(file);
        try
        {
            return read(PathOf(file), bytes);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>All bytes of a small file (configuration, vocabulary).</summary>
    /// <param name="file">Name within the folder.</param>
    /// <param name="limit">Largest size accepted, in bytes.</param>
    /// <exception cref="ModelException">There is no such file, it cannot be read, or it is larger than <paramref name="limit"/>.</exception>
    public byte[] ReadAllBytes(string file, long limit = 256L << 20)
    {
        using var stream = OpenRead(file);
        if (stream.Length > limit)
            throw new ModelException(PathOf(file), $"{stream.Length:N0} bytes; at most {limit:N0} are allowed here");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
