using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests.Gguf;

/// <summary>A "folder" of one file that exists only in memory.</summary>
sealed class MemoryFiles(byte[] bytes) : ModelFiles
{
    /// <summary>Its one file.</summary>
    public const string File = "memory.gguf";

    public override string Name => "memory";

    public override bool Exists(string file) => file == File;

    public override string PathOf(string file) => file;

    public override Stream OpenRead(string file) => new MemoryStream(bytes);

    public override MappedBytes Map(string file) => MappedBytes.OfStream(OpenRead(file));

    /// <summary>Opens it as GGUF.</summary>
    public GgufFile Open() => GgufFile.Open(this, File);
}
