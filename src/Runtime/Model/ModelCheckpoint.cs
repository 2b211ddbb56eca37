namespace KernelDsl.Runtime.Model;

/// <summary>A model's architecture and its tensors, opened but not loaded: a Hugging Face folder, quantised or not, or one GGUF file.</summary>
public sealed class ModelCheckpoint : IDisposable
{
    private ModelCheckpoint(string name, Qwen2Config config, IWeightSource weights, GgufMetadata? metadata) =>
        (Name, Config, Weights, Metadata) = (name, config, weights, metadata);

    /// <summary>What messages call the model: the path of its folder or file, or the resource's name.</summary>
    public string Name { get; }

    /// <summary>The architecture.</summary>
    public Qwen2Config Config { get; }

    /// <summary>The tensors.</summary>
    public IWeightSource Weights { get; }

    /// <summary>The metadata of a GGUF file, while this is open; null for a folder.</summary>
    public GgufMetadata? Metadata { get; }

    /// <summary>Reads the configuration and maps the tensors' files; reads no tensor.</summary>
    /// <exception cref="ModelException">A file is missing, malformed, or asks for what is not supported.</exception>
    public static ModelCheckpoint Open(ModelFiles files)
    {
        if (files.Gguf is not { } name)
        {
            var config = Qwen2Config.Read(files);
            return new(files.Name, config, new SafeTensorsWeights(CheckpointFiles.Open(files), config.Quantization), null);
        }

        var file = GgufFile.Open(files, name);
        try
        {
            return new(files.Name, GgufConfig.Read(file), new GgufWeights(file), file.Metadata);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Weights.Dispose();
}
