namespace KernelDsl.Runtime.Model;

/// <summary>A model that cannot be loaded: the file, the field or tensor, the value, and what is allowed, in one line.</summary>
public class ModelException : Exception
{
    /// <summary>A fault of <paramref name="file"/>.</summary>
    public ModelException(string file, string fault, Exception? inner = null) : base($"{file}: {Text.OneLine(fault)}", inner) => File = file;

    /// <summary>The file at fault.</summary>
    public string File { get; }
}
