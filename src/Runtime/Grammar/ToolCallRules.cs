using System.Text.Json;
using KernelDsl.Runtime.Grammar.Json;
using KernelDsl.Runtime.Grammar.Json.Schema;
using static KernelDsl.Runtime.Grammar.Expression;

namespace KernelDsl.Runtime.Grammar;

/// <summary>The rules of tool calls, spelt as the models' chat templates spell those of the past.</summary>
static class ToolCallRules
{
    const string Mark = "<tool_call>";

    public static Expression Build(ToolCalls calls, RuleSet rules)
    {
        var json = new JsonRules(rules);
        var call = rules.Add("call", Of(
            Spell($"{Mark}\n"), new Choice([.. calls.Tools.Select(tool => Call(tool, json, rules))]), Spell("\n</tool_call>")));
        var all = calls.Parallel ? Of(call, new Repeat(rules.Add("further call", Of(Spell("\n"), call)), 0, null)) : call;
        if (calls.Required)
            return all;
        if (calls.Instead is { } schema)
            return new Choice([SchemaCompiler.Compile(schema, rules, trailing: true), all]);

        var text = rules.Add("text", new Without(System.Text.Encoding.UTF8.GetBytes(Mark)));
        return calls.Parallel ? Of(text, new Repeat(rules.Add("call and text", Of(call, text)), 0, null)) : Of(text, call.Optional());
    }

    static Sequence Call(Tool tool, JsonRules json, RuleSet rules) => new(
        [Spell($"{{\"name\": {JsonText.Quote(tool.Name)}, \"arguments\": "), Arguments(tool, json, rules), Spell("}")]);

    static Expression Arguments(Tool tool, JsonRules json, RuleSet rules)
    {
        if (tool.Parameters is not { } schema || schema.ValueKind != JsonValueKind.Object)
            return json.Object;
        try
        {
            if (!tool.Strict)
                _ = new Automaton.Machine(Alone(schema));
            return SchemaCompiler.Compile(schema, rules, trailing: false);
        }
        catch (GrammarException) when (!tool.Strict)
        {
            return json.Object;
        }
    }

    static RuleSet Alone(JsonElement schema)
    {
        var rules = new RuleSet();
        rules.Root = SchemaCompiler.Compile(schema, rules, trailing: false);
        return rules;
    }
}
