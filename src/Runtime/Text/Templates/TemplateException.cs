namespace KernelDsl.Runtime.Text.Templates;

/// <summary>A template that does not parse, or that refuses what it was given; the message names the line.</summary>
public sealed class TemplateException(string reason, int line = 0) : Exception
{
    /// <summary>What is wrong, in the words that jinja2 uses for it.</summary>
    public string Reason { get; } = reason;

    /// <summary>Line of the template, from 1; 0 while unknown.</summary>
    public int Line { get; private set; } = line;

    /// <summary>The line, when known, and the reason.</summary>
    public override string Message => Line > 0 ? $"chat template, line {Line}: {Reason}" : $"chat template: {Reason}";

    /// <summary>Notes the innermost line on the way out; an exception filter that never catches.</summary>
    internal bool Locate(int line)
    {
        if (Line == 0) Line = line;
        return false;
    }
}
