namespace KernelDsl.Runtime.Model;

/// <summary>
/// A Hugging Face folder of floats to one of integers, tensor by tensor. The layers' matrices are rounded; embedding, output projection, norms
/// and biases stay what they are. config.json comes last: without it a folder is no model.
/// </summary>
public static class FolderQuantizer
{
    private const string Weight = ".weight";

    /// <summary>Quantises a folder.</summary>
    /// <param name="model">The folder with config.json.</param>
    /// <param name="output">A folder that is new or empty.</param>
    /// <exception cref="ModelException">The model is none, or quantised already; the output has files or too little space; a weight is not finite.</exception>
    public static QuantizeSummary Run(string model, string output, QuantizeOptions options)
    {
        using var folder = OutputFolder.Check(output);
        var files = ModelFiles.Open(model);
        if (files.Gguf != null) throw new ModelException(model, "is a GGUF file; give a Hugging Face folder with floats in *.safetensors");
        var json = files.ReadAllBytes(Qwen2Config.FileName, 16 << 20);
        QuantizedConfig.RefuseQuantised(JsonFields.Parse(files.PathOf(Qwen2Config.FileName), json));

        using var checkpoint = ModelCheckpoint.Open(files);
        var tensors = Qwen2Tensors.All(checkpoint.Config).Select(t => new Source(t.Name, t.Shape, (FloatTensor)checkpoint.Weights.Get(t.Name, t.Shape))).ToArray();
        var matrices = tensors.Where(t => IsRounded(t, options.Format)).ToDictionary(static t => t.Name, t => new PackedMatrix(t.Name, t.Tensor, options.Format), StringComparer.Ordinal);
        if (matrices.Count == 0)
            throw new ModelException(model, $"no matrix has inputs in whole groups of {options.Format.Group}; choose a smaller group");

        var shards = ShardPlan.Of(tensors.SelectMany(t => matrices.TryGetValue(t.Name, out var matrix) ? matrix.Tensors : [t.Planned]), options.LargestShard);
        var small = SmallFiles.Of(model);
        folder.Create(shards.Sum(static s => s.Bytes) + small.Sum(static f => f.Length) + json.Length, options.FreeSpace);

        double error = Write(folder.Path, shards, tensors, matrices, options);
        foreach (var file in small) CheckpointWriter.WriteFile(folder.Path, file.Name, files.ReadAllBytes(file.Name));
        var floats = tensors.Where(t => t.Shape.Length == 2 && !matrices.ContainsKey(t.Name)).Select(static t => t.Name).ToArray();
        CheckpointWriter.WriteFile(folder.Path, Qwen2Config.FileName, QuantizedConfig.Write(json, options.Format, Ignored(floats)));
        return new(
            tensors.Sum(static t => t.Planned.Bytes), shards.Sum(static s => s.Tensors.Sum(static t => t.Tensor.Bytes)),
            matrices.Count, floats, tensors.Count(static t => t.Shape.Length == 1), error);
    }

    private static double Write(string folder, IReadOnlyList<PlannedShard> shards, Source[] tensors, Dictionary<string, PackedMatrix> matrices, QuantizeOptions options)
    {
        using var writer = new CheckpointWriter(folder, shards);
        double errors = 0;
        int done = 0;
        foreach (var tensor in tensors)
        {
            if (!matrices.TryGetValue(tensor.Name, out var matrix))
            {
                tensor.CopyTo(writer, null);
                continue;
            }
            double error = matrix.WriteTo(writer, null);
            errors += error;
            options.Report($"{++done} of {matrices.Count}: {tensor.Name}, relative error {error:p2}");
        }
        writer.Complete();
        return errors / matrices.Count;
    }

    /// <summary>Matrices of layers are; what looks tokens up and what scores them costs most where it is rounded, and has no integers in most engines.</summary>
    private static bool IsRounded(Source tensor, WeightFormat format) =>
        tensor.Shape.Length == 2 && tensor.Name is not (Qwen2Tensors.Embedding or Qwen2Tensors.Head) && format.FaultFor(tensor.Shape[1]) == null;

    /// <summary>lm_head is a module also where its weight is the embedding's; norms are no Linear, and listed for readers.</summary>
    private static string[] Ignored(string[] floats) =>
        [.. floats.Append(Qwen2Tensors.Head).Distinct().Select(static name => name[..^Weight.Length]), "re:.*norm$"];

    private sealed record Source(string Name, int[] Shape, FloatTensor Tensor)
    {
        // Pieces of about this many bytes: large enough to stream.
        private const int PieceBytes = 8 << 20;

        public PlannedTensor Planned => new(Name, Tensor.DType, Shape, (long)Tensor.Rows * Tensor.Columns * Tensor.Element.Size());

        public void CopyTo(CheckpointWriter writer, ChannelFactors? factors)
        {
            int rowBytes = Tensor.Columns * Tensor.Element.Size(), piece = Math.Max(PieceBytes / rowBytes, 1);
            for (int row = 0; row < Tensor.Rows; row += piece)
            {
                int count = Math.Min(piece, Tensor.Rows - row);
                if (factors == null)
                {
                    writer.Write(Name, (long)row * rowBytes, Tensor.Read(row, count));
                }
                else
                {
                    var values = new float[count * Tensor.Columns];
                    Tensor.Read(row, count, values);
                    factors.Apply(row, values, Tensor.Columns);
                    writer.Write(Name, (long)row * rowBytes, Elements.FromFloat(values, Tensor.Element));
                }
                Tensor.Drop(row, count);
            }
        }
    }
}
