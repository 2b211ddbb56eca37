namespace KernelDsl.Runtime.Text.Templates;

/// <summary>What one rendering may use, so that no template or message can hang or exhaust the process.</summary>
/// <param name="Steps">Statements and loop iterations.</param>
/// <param name="Depth">Nested macro calls.</param>
public sealed record TemplateLimits(int Steps = 5_000_000, int Depth = 200)
{
    /// <summary>Most characters of a text, or items of a list, that a template can make.</summary>
    public const int MaxLength = 1 << 25;

    /// <summary>Most values that range() makes (jinja2's sandbox).</summary>
    internal const int MaxRange = 100_000;

    internal static int Check(long length) =>
        length <= MaxLength ? (int)length : throw new TemplateException($"a value of {length} characters or items is too large; the limit is {MaxLength}");
}
