namespace KernelDsl.Runtime.Text;

/// <summary>A tokenizer or template file that cannot be used: names the file, the field, its value and what is allowed.</summary>
public sealed class TokenizerException(string file, string field, string message)
    : Exception($"{file}: {field}: {message}")
{
    /// <summary>Path of the offending file.</summary>
    public string File { get; } = file;

    /// <summary>The offending field, as a dotted path.</summary>
    public string Field { get; } = field;
}
