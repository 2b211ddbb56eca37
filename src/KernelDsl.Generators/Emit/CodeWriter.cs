using System.Text;

namespace KernelDsl.Generators.Emit;

/// <summary>Indented text with braces: what every emitter writes through.</summary>
public sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _indent;

    /// <summary>One line, or several separated by \n, at the current indentation; empty for a blank line.</summary>
    public CodeWriter Line(string line = "")
    {
        foreach (string part in line.Split('\n'))
        {
            if (part.Length > 0)
                _text.Append(' ', _indent * 4).Append(part);
            _text.Append('\n');
        }
        return this;
    }

    /// <summary>A header line and an open brace; closed by disposing the result.</summary>
    public Scope Block(string header, string close = "}")
    {
        Line(header);
        Line("{");
        _indent++;
        return new Scope(this, close);
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();

    /// <summary>Closes a block.</summary>
    public readonly struct Scope(CodeWriter writer, string close) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            writer._indent--;
            writer.Line(close);
        }
    }
}
