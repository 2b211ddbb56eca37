using Microsoft.Win32.SafeHandles;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// Writes the files of a plan, any part of any tensor at any time and from any thread. They have temporary names until
/// <see cref="Complete"/>, and are deleted if it is not reached.
/// </summary>
sealed class CheckpointWriter : IDisposable
{
    /// <summary>What temporary names end with.</summary>
    public const string Unfinished = ".partial";

    private readonly string _folder;
    private readonly IReadOnlyList<PlannedShard> _shards;
    private readonly Dictionary<string, (SafeFileHandle File, string Path, long Offset)> _tensors = new(StringComparer.Ordinal);
    private readonly List<SafeFileHandle> _files = [];
    private bool _complete;

    /// <summary>Creates the files in a folder that exists.</summary>
    /// <exception cref="ModelException">One cannot be created.</exception>
    public CheckpointWriter(string folder, IReadOnlyList<PlannedShard> shards)
    {
        (_folder, _shards) = (folder, shards);
        try
        {
            foreach (var shard in shards) Create(shard);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Writes a range of a tensor.</summary>
    /// <param name="tensor">Its name in the plan.</param>
    /// <param name="offset">First byte within the tensor.</param>
    /// <param name="bytes">What goes there.</param>
    /// <exception cref="ModelException">The system refuses it; names the file.</exception>
    public void Write(string tensor, long offset, ReadOnlySpan<byte> bytes)
    {
        var (file, path, first) = _tensors[tensor];
        try
        {
            RandomAccess.Write(file, bytes, first + offset);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(path, e);
        }
    }

    /// <summary>Brings the files to the disk and gives them their names; writes the index where they are several.</summary>
    /// <exception cref="ModelException">The system refuses it; names the file.</exception>
    public void Complete()
    {
        foreach (var file in _files)
        {
            RandomAccess.FlushToDisk(file);
            file.Dispose();
        }
        foreach (var shard in _shards) Rename(Path.Combine(_folder, shard.File));
        if (_shards.Count > 1) WriteFile(_folder, CheckpointFiles.IndexName, ShardPlan.Index(_shards));
        _complete = true;
    }

    /// <summary>Writes a small file under a temporary name and then renames it, so that it is whole if it is there.</summary>
    /// <exception cref="ModelException">The system refuses it; names the file.</exception>
    public static void WriteFile(string folder, string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(folder, name);
        try
        {
            using (var file = File.OpenHandle(path + Unfinished, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(file, bytes, 0);
                RandomAccess.FlushToDisk(file);
            }
            File.Move(path + Unfinished, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(path + Unfinished);
            throw Fault(path, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
        if (_complete) return;
        foreach (var shard in _shards) File.Delete(Path.Combine(_folder, shard.File + Unfinished));
    }

    private void Create(PlannedShard shard)
    {
        var path = Path.Combine(_folder, shard.File);
        try
        {
            var file = File.OpenHandle(path + Unfinished, FileMode.Create, FileAccess.Write, FileShare.Read, FileOptions.None, shard.Bytes);
            _files.Add(file);
            RandomAccess.Write(file, shard.Header, 0);
            foreach (var (tensor, offset) in shard.Tensors) _tensors.Add(tensor.Name, (file, path, offset));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(path, e);
        }
    }

    private static void Rename(string path)
    {
        try
        {
            File.Move(path + Unfinished, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fault(path, e);
        }
    }

    private static ModelException Fault(string path, Exception e) => new(path, $"cannot be written: {e.Message.TrimEnd('.')}; give a folder on a disk with enough space", e);
}
