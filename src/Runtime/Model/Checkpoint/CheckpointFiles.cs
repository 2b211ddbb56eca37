namespace KernelDsl.Runtime.Model;

/// <summary>The tensors of a model: one model.safetensors, or the shards that model.safetensors.index.json names.</summary>
public sealed class CheckpointFiles : IDisposable
{
    /// <summary>The file of an unsharded checkpoint.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>The index of a sharded one.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private readonly Dictionary<string, (SafeTensorsFile File, TensorEntry Entry)> _tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafeTensorsFile> _files = new(StringComparer.Ordinal);

    private CheckpointFiles(string path) => Path = path;

    /// <summary>What messages call it: the single file or the index.</summary>
    public string Path { get; }

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>Opens whichever of the two forms the model has.</summary>
    /// <exception cref="ModelException">Neither is there, or a file of it is malformed.</exception>
    public static CheckpointFiles Open(ModelFiles files)
    {
        bool single = files.Exists(SingleName);
        if (!single && !files.Exists(IndexName))
            throw new ModelException(files.Name, $"has neither {SingleName} nor {IndexName}");

        var checkpoint = new CheckpointFiles(files.PathOf(single ? SingleName : IndexName));
        try
        {
            if (single) checkpoint.AddAll(files, SingleName);
            else checkpoint.AddShards(files);
            return checkpoint;
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>A tensor and the file that holds it.</summary>
    public bool TryGet(string name, out (SafeTensorsFile File, TensorEntry Entry) tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>Adds what tells these files from others.</summary>
    internal void AddTo(SourceFingerprint fingerprint)
    {
        foreach (var (name, (file, t)) in _tensors.OrderBy(static t => t.Key, StringComparer.Ordinal))
            fingerprint.Add($"{name} {t.DType} {Text.Shape(t.Shape.Span)} {t.Offset} {System.IO.Path.GetFileName(file.Path)}");
        foreach (var file in _files.OrderBy(static f => f.Key, StringComparer.Ordinal)) file.Value.AddTo(fingerprint);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var file in _files.Values) file.Dispose();
    }

    private void AddAll(ModelFiles files, string name)
    {
        var file = OpenShard(files, name);
        foreach (var entry in file.Tensors.Values) _tensors.Add(entry.Name, (file, entry));
    }

    private void AddShards(ModelFiles files)
    {
        var index = ShardIndex.Read(Path, files.ReadAllBytes(IndexName));
        foreach (var (tensor, shard) in index.WeightMap)
        {
            if (!files.Exists(shard)) throw Fault(tensor, $"its shard {Text.Quote(shard)} is not there");
            var file = OpenShard(files, shard);
            if (!file.Tensors.TryGetValue(tensor, out var entry)) throw Fault(tensor, $"is not in its shard {file.Path}");
            _tensors.Add(tensor, (file, entry));
        }

        long total = _files.Values.Sum(static f => f.Tensors.Values.Sum(static t => t.Bytes));
        if (index.TotalSize is { } claimed && claimed != total)
            throw Fault(null, $"metadata.total_size is {claimed}, the tensors of its shards take {total} bytes: are all shards of this model? (Delete the field to load it anyway.)");
    }

    private SafeTensorsFile OpenShard(ModelFiles files, string name)
    {
        if (!_files.TryGetValue(name, out var file)) _files.Add(name, file = SafeTensorsFile.Open(files, name));
        return file;
    }

    private SafeTensorsException Fault(string? tensor, string message) => new(Path, tensor, SafeTensorsFault.InvalidIndex, message);
}
