namespace KernelDsl.Runtime.Model;

/// <summary>
/// A Hugging Face folder of floats to one of integers, tensor by tensor. The layers' matrices are rounded; embedding, output projection, norms
/// and biases stay what they are. config.json comes last: without it a folder is no model.
/// </summary>
public sealed class FolderQuantizer
{
    private const string Weight = ".weight";

    private readonly Qwen2Config _config;
    private readonly IWeightSource _source;
    private readonly QuantizeOptions _options;
    private readonly FloatCopy[] _tensors;
    private readonly Dictionary<string, PackedMatrix> _matrices;

    private FolderQuantizer(ModelCheckpoint checkpoint, QuantizeOptions options)
    {
        (_config, _source, _options) = (checkpoint.Config, checkpoint.Weights, options);
        _tensors = [.. Qwen2Tensors.All(_config).Select(t => new FloatCopy(t.Name, t.Shape, (FloatTensor)_source.Get(t.Name, t.Shape)))];
        _matrices = _tensors.Where(IsRounded).ToDictionary(static t => t.Name, t => new PackedMatrix(t.Name, t.Tensor, options.Format), StringComparer.Ordinal);
    }

    /// <summary>Quantises a folder.</summary>
    /// <param name="model">The folder with config.json.</param>
    /// <param name="output">A folder that is new or empty.</param>
    /// <param name="options">What it becomes.</param>
    /// <exception cref="ModelException">The model is none, or quantised already; the output has files or too little space; a weight is not finite.</exception>
    public static QuantizeSummary Run(string model, string output, QuantizeOptions options)
    {
        using var folder = OutputFolder.Check(output);
        var files = ModelFiles.Open(model);
        if (files.Gguf != null) throw new ModelException(model, "is a GGUF file; give a Hugging Face folder with floats in *.safetensors");
        var config = files.ReadAllBytes(Qwen2Config.FileName, 16 << 20);
        QuantizedConfig.RefuseQuantised(JsonFields.Parse(files.PathOf(Qwen2Config.FileName), config));

        using var checkpoint = ModelCheckpoint.Open(files);
        var quantizer = new FolderQuantizer(checkpoint, options);
        if (quantizer._matrices.Count == 0)
            throw new ModelException(model, $"no matrix of its layers has inputs in whole groups of {options.Format.Group}; choose a smaller group");
        var shards = quantizer.Plan();
        var small = SmallFiles.Of(model);
        folder.Create(shards.Sum(static s => s.Bytes) + small.Sum(static f => f.Length) + config.Length, options.FreeSpace);

        var summary = quantizer.Write(folder.Path, shards);
        foreach (var file in small) CheckpointWriter.WriteFile(folder.Path, file.Name, files.ReadAllBytes(file.Name));
        CheckpointWriter.WriteFile(folder.Path, Qwen2Config.FileName, QuantizedConfig.Write(config, options.Format, Ignored(summary.Floats)));
        return summary;
    }

    private IReadOnlyList<PlannedShard> Plan() =>
        ShardPlan.Of(_tensors.SelectMany(t => _matrices.TryGetValue(t.Name, out var matrix) ? matrix.Tensors : [t.Planned]), _options.LargestShard);

    private QuantizeSummary Write(string folder, IReadOnlyList<PlannedShard> shards)
    {
        using var writer = new CheckpointWriter(folder, shards);
        using var calibration = _options.Calibration is { } text ? new Calibration(_config, _source, text.Backend, [.. text.Tokens], _options.Format) : null;
        var tensors = _tensors.ToDictionary(static t => t.Name, StringComparer.Ordinal);
        var errors = new List<double>();
        var found = new List<FoundScales>();
        for (int layer = 0; layer < _config.Layers; layer++)
        {
            var scales = calibration?.Next();
            int first = errors.Count;
            foreach (var (name, _) in Qwen2Tensors.OfLayer(_config, layer))
            {
                tensors.Remove(name, out var tensor);
                var factors = scales?.Factors.GetValueOrDefault(name);
                if (_matrices.TryGetValue(name, out var matrix)) errors.Add(matrix.WriteTo(writer, factors));
                else tensor!.WriteTo(writer, factors);
            }
            string gained = scales == null ? "" : string.Concat(scales.Found.Select(static f => $"; {f.Part}: {f.Scales.Plain:p2} to {f.Scales.Scaled:p2} of its output at α = {f.Scales.Alpha:f2}"));
            _options.Report($"layer {layer + 1} of {_config.Layers}: relative error of weights {errors.Skip(first).DefaultIfEmpty().Average():p2}{gained}");
            found.AddRange(scales?.Found.Select(static f => f.Scales) ?? []);
        }
        foreach (var outside in tensors.Values) outside.WriteTo(writer, null);
        writer.Complete();
        return new(
            _tensors.Sum(static t => t.Planned.Bytes), shards.Sum(static s => s.Tensors.Sum(static t => t.Tensor.Bytes)), _matrices.Count,
            [.. _tensors.Where(t => t.Shape.Length == 2 && !_matrices.ContainsKey(t.Name)).Select(static t => t.Name)],
            _tensors.Count(static t => t.Shape.Length == 1), errors.Average(),
            calibration == null ? null : (found.Average(static f => f.Plain), found.Average(static f => f.Scaled)));
    }

    /// <summary>Matrices of layers are; the tables of tokens have no integers in most engines, and cost most where they are rounded.</summary>
    private bool IsRounded(FloatCopy tensor) =>
        tensor.Shape.Length == 2 && tensor.Name is not (Qwen2Tensors.Embedding or Qwen2Tensors.Head) && _options.Format.FaultFor(tensor.Shape[1]) == null;

    /// <summary>lm_head is a module also where its weight is the embedding's; norms are no Linear, and listed for readers.</summary>
    private static string[] Ignored(IReadOnlyList<string> floats) =>
        [.. floats.Append(Qwen2Tensors.Head).Distinct().Select(static name => name[..^Weight.Length]), "re:.*norm$"];
}
