namespace KernelDsl.Runtime.Model;

/// <summary>The files of a model's folder that go along unchanged: tokenizer, chat template, generation_config.json, licence.</summary>
static class SmallFiles
{
    // Of a vocabulary of 150,000 tokens tokenizer.json has 11 MB.
    private const long Largest = 256 << 20;

    private static readonly string[] Weights = [".safetensors", ".bin", ".pt", ".pth", ".gguf", ".h5", ".msgpack", ".onnx", ".index.json", ".kdsl-weights"];

    /// <summary>Those of a folder: not config.json, which is written anew, no weights in any format, nothing hidden.</summary>
    public static IReadOnlyList<FileInfo> Of(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles().OrderBy(static f => f.Name, StringComparer.Ordinal).Where(static f =>
            f.Name != Qwen2Config.FileName && f.Name[0] != '.' && f.Length <= Largest
            && !Array.Exists(Weights, end => f.Name.EndsWith(end, StringComparison.OrdinalIgnoreCase))),
    ];
}
