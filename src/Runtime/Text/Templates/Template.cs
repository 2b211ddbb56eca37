using System.Text;
using KernelDsl.Runtime.Text.Templates.Builtins;
using KernelDsl.Runtime.Text.Templates.Syntax;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates;

/// <summary>
/// A parsed Jinja template with the semantics of jinja2 3.1 in Hugging Face's environment: immutable sandbox, loop controls,
/// tojson without ASCII escapes, raise_exception, strftime_now, the generation tag. Thread-safe.
/// </summary>
public sealed class Template
{
    readonly IReadOnlyList<Statement> _body;

    Template(IReadOnlyList<Statement> body) => _body = body;

    /// <summary>Parses template source.</summary>
    /// <exception cref="TemplateException">The source is not a template, or uses what chat templates do not have (include, extends).</exception>
    public static Template Parse(string source, TrimOptions? trim = null) => new(Parser.Parse(source, trim ?? new()));

    /// <summary>The text for these variables.</summary>
    /// <param name="variables">Top-level names.</param>
    /// <param name="now">What strftime_now reads; null: the local time.</param>
    /// <param name="limits">What the rendering may use; null: the defaults.</param>
    /// <exception cref="TemplateException">The template raised, used something undefined, mistook a type, or passed a limit.</exception>
    public string Render(IEnumerable<KeyValuePair<string, Value>> variables, DateTime? now = null, TemplateLimits? limits = null)
    {
        Scope scope = new(new(limits ?? new(), now ?? DateTime.Now));
        foreach (string name in Globals.Names)
        {
            var builtin = Globals.Table.Find(name)!;
            scope.Set(name, new FunctionValue(name, (rendering, arguments) => builtin.Call(rendering, NoneValue.Instance, arguments)));
        }
        foreach (var (name, value) in variables) scope.Set(name, value);
        StringBuilder output = new();
        Statement.Run(_body, scope.Inner(), output);
        return output.ToString();
    }
}
