using System.Text.Json;
using KernelDsl.Runtime.Grammar.Characters;
using KernelDsl.Runtime.Grammar.Gbnf;
using KernelDsl.Runtime.Grammar.Json;
using KernelDsl.Runtime.Grammar.Json.Schema;
using KernelDsl.Runtime.Grammar.Regex;

namespace KernelDsl.Runtime.Grammar;

/// <summary>What can be made into a grammar.</summary>
public static class Grammars
{
    /// <summary>Values of a JSON Schema (drafts 4 to 2020-12, the keywords that docs/structured-output.md lists).</summary>
    /// <exception cref="GrammarException">The schema is malformed, not supported, or too large: names the place.</exception>
    public static RuleSet OfSchema(JsonElement schema) => Of(rules => SchemaCompiler.Compile(schema, rules, trailing: true));

    /// <summary>Any JSON object.</summary>
    public static RuleSet OfJsonObject() => Of(rules => new JsonRules(rules).Object);

    /// <summary>Whole texts of a regular expression.</summary>
    /// <exception cref="GrammarException">It is malformed, not supported, or too large.</exception>
    public static RuleSet OfRegex(string pattern)
    {
        var dfa = CharDfa.Of(RegexParser.Parse(pattern, search: false));
        return Of(_ => dfa.IsNever ? Expression.Never : new Pattern(dfa, InJson: false));
    }

    /// <summary>One of some texts.</summary>
    public static RuleSet OfChoice(IReadOnlyList<string> choices) => Of(_ => new Choice([.. choices.Select(Expression.Spell)]));

    /// <summary>A grammar in llama.cpp's notation.</summary>
    /// <exception cref="GrammarException">It is malformed, not supported, or too large: names the line.</exception>
    public static RuleSet OfGbnf(string grammar) => Of(rules => GbnfParser.Parse(grammar, rules));

    /// <summary>Calls of tools in Hermes' and Qwen's form; see <see cref="ToolCalls"/>.</summary>
    /// <exception cref="GrammarException">The schema of a tool's arguments cannot be served.</exception>
    public static RuleSet OfToolCalls(ToolCalls calls) => Of(rules => ToolCallRules.Build(calls, rules));

    /// <summary>The same after the model's thoughts.</summary>
    /// <param name="opened">The prompt has opened them; else the output may, or have none.</param>
    public static RuleSet AfterThinking(RuleSet rules, bool opened)
    {
        // Models put line ends around their marks.
        var gap = new Repeat(new Class(CharSet.Of((' ', ' '), ('\n', '\n'))), 0, 4);
        var thought = Expression.Of(new Without("</think>"u8.ToArray()), Expression.Spell("</think>"), gap);
        rules.Root = Expression.Of(opened ? thought : Expression.Of(gap, Expression.Spell("<think>"), thought).Optional(), rules.Root);
        return rules;
    }

    static RuleSet Of(Func<RuleSet, Expression> root)
    {
        var rules = new RuleSet();
        rules.Root = root(rules);
        return rules;
    }
}
