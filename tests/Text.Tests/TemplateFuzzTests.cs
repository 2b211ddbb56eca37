using CsCheck;
using KernelDsl.Runtime.Text.Templates;
using KernelDsl.Runtime.Text.Templates.Builtins;
using KernelDsl.Runtime.Text.Templates.Values;
using Builtins = KernelDsl.Runtime.Text.Templates.Builtins;

namespace KernelDsl.Tests.Text;

/// <summary>Templates that nobody wrote on purpose: each gives a text, or fails as a template does; never otherwise, and never without end.</summary>
public class TemplateFuzzTests
{
    static readonly TemplateLimits Limits = new(Steps: 2_000);

    static readonly string[] Names = ["messages", "m", "tools", "loop", "n", "missing", "none", "true", .. Globals.Names];

    static readonly string[] Literals = ["0", "1", "-7", "99999999999999999999", "1.5", "1e400", "''", "'é🙂'", "\"a'b\"", "[]", "{}", "()", "('x',)", "{'a': 1}", "'%s %d'", "'{0} {a}'"];

    static readonly string[] Operators = [" + ", " - ", " * ", " / ", " // ", " % ", " ~ ", " == ", " < ", " >= ", " in ", " not in ", " and ", " or "];

    static readonly string[] Methods = [.. StringMethods.Table.Names, .. CollectionMethods.Sequences.Names, .. CollectionMethods.Dicts.Names, "role", "content"];

    /// <summary>Expressions of at most so many levels: every operator, filter, test and method, with any arguments.</summary>
    static Gen<string> Expression(int depth)
    {
        var leaf = Gen.OneOf(Gen.OneOf(Names), Gen.OneOf(Literals));
        if (depth == 0)
            return leaf;
        var inner = Expression(depth - 1);
        var arguments = inner.Array[0, 3].Select(a => string.Join(", ", a));
        return Gen.OneOf(
            leaf,
            Gen.Select(inner, Gen.OneOf(Operators), inner).Select((a, o, b) => $"({a}{o}{b})"),
            Gen.Select(inner, Gen.OneOf(Filters.Table.Names.ToArray()), arguments).Select((a, f, b) => $"{a}|{f}({b})"),
            Gen.Select(inner, Gen.OneOf(Builtins.Tests.Table.Names.ToArray()), arguments).Select((a, t, b) => $"({a} is {t}({b}))"),
            Gen.Select(inner, Gen.OneOf(Methods), arguments).Select((a, f, b) => $"{a}.{f}({b})"),
            Gen.Select(inner, Gen.OneOf(Methods)).Select((a, f) => $"{a}.{f}"),
            Gen.Select(inner, arguments).Select((a, b) => $"{a}({b})"),
            Gen.Select(inner, inner).Select((a, b) => $"{a}[{b}]"),
            Gen.Select(inner, inner, inner).Select((a, b, c) => $"{a}[{b}:{c}]"),
            Gen.Select(inner, inner, inner).Select((a, b, c) => $"({a} if {b} else {c})"),
            arguments.Select(a => $"[{a}]"),
            inner.Select(a => $"(not {a})"));
    }

    static Gen<string> Statement(int depth)
    {
        var expression = Expression(3);
        if (depth == 0)
            return expression.Select(e => $"{{{{ {e} }}}}");
        var inner = Statement(depth - 1).Array[0, 3].Select(string.Concat);
        return Gen.OneOf(
            expression.Select(e => $"{{{{- {e} -}}}}"),
            Gen.Select(expression, inner, inner).Select((e, a, b) => $"{{% if {e} %}}{a}{{% else %}}{b}{{% endif %}}"),
            Gen.Select(expression, inner).Select((e, a) => $"{{% for m in {e} %}}{a}{{% if loop.last %}}{{% break %}}{{% endif %}}{{% endfor %}}"),
            Gen.Select(expression, inner).Select((e, a) => $"{{% for m, n in {e} recursive %}}{a}{{{{ loop(m) }}}}{{% else %}}{a}{{% endfor %}}"),
            expression.Select(e => $"{{% set n = {e} %}}"),
            Gen.Select(expression, expression).Select((e, f) => $"{{% set n = namespace(x={e}) %}}{{% set n.x = {f} %}}"),
            Gen.Select(inner, expression).Select((a, e) => $"{{% macro f(m, n=1) %}}{a}{{% endmacro %}}{{{{ f({e}) }}}}"),
            Gen.Select(Gen.OneOf(Filters.Table.Names.ToArray()), inner).Select((f, a) => $"{{% filter {f} %}}{a}{{% endfilter %}}"));
    }

    /// <summary>Pieces of the language in any order.</summary>
    static readonly Gen<string> Soup = Gen.OneOf(
        Gen.OneOf("{{", "}}", "{%", "%}", "{#", "#}", "-", " ", "\n", "|", ".", ",", "(", ")", "[", "]", "{", "}", ":", "=", "'", "\"", "\\", "~"),
        Gen.OneOf("for", "in", "if", "elif", "else", "endif", "endfor", "set", "endset", "macro", "endmacro", "raw", "endraw", "is", "not", "generation", "endgeneration", "break"),
        Gen.OneOf(Names), Gen.OneOf(Literals)).Array[0, 40].Select(string.Concat);

    [Fact]
    public void Render_AnyStatements_GiveATextOrATemplatesError() => Check(Statement(2), least: 0.05);

    [Fact]
    public void Render_AnyExpression_GivesATextOrATemplatesError() => Check(Expression(3).Select(e => $"{{{{ {e} }}}}"), least: 0.05);

    [Fact]
    public void Render_PiecesInAnyOrder_GiveATextOrATemplatesError() => Check(Soup, least: 0.01);

    /// <param name="least">Share of the templates that must give a text: else the test would test errors alone.</param>
    static void Check(Gen<string> templates, double least)
    {
        const int samples = 4_000;
        int texts = 0;
        templates.Sample(source =>
        {
            try
            {
                Template.Parse(source).Render(Variables(), new DateTime(2026, 3, 5), Limits);
                Interlocked.Increment(ref texts);
            }
            catch (TemplateException)
            {
            }
        }, iter: samples);
        Assert.True(texts > least * samples, $"{texts} of {samples} gave a text");
    }

    static IEnumerable<KeyValuePair<string, Value>> Variables()
    {
        using var json = System.Text.Json.JsonDocument.Parse(
            """{"messages":[{"role":"user","content":"é"},{"role":"assistant","content":null,"tool_calls":[{"function":{"name":"f","arguments":{"a":[1,2.5,true]}}}]}],"tools":[],"m":{"role":"x"},"n":3}""");
        return [.. json.RootElement.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, Value.From(field.Value.Clone())))];
    }
}
