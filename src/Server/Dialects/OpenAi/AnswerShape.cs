using Kdsl.Serving;
using Kdsl.Serving.Answers;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar;

namespace Kdsl.Dialects.OpenAi;

/// <summary>Makes one constraint of all that a request asks of its answer's form: thoughts and their budget, calls of tools, a format.</summary>
static class AnswerShape
{
    /// <summary>The constraint; null: none is needed.</summary>
    /// <exception cref="ApiException">The format or a tool's schema cannot be served: names the parameter.</exception>
    public static ITokenConstraint? Constrain(ITextModel model, OutputFormat? format, ToolUse? tools, ReasoningMode reasoning, Thinking? thinking)
    {
        ITokenConstraint? whole = null;
        if (tools is not null && (tools.Required || format is null or { Schema: not null }))
            whole = Compile(model, "tools", $"{tools.Key}\0{(tools.Required ? null : format?.Key)}", () => Grammars.OfToolCalls(tools.Calls(format?.Schema)), reasoning);
        else if (format is not null)
            whole = Compile(model, format.Param, format.Key, format.Grammar, reasoning);

        if (thinking?.Budget is not { } tokens || reasoning is not ReasoningMode.Opened)
            return whole;
        return new ThinkingBudget(model.Constraints.Vocabulary, System.Text.Encoding.UTF8.GetBytes(ReasoningParser.Close), tokens,
            model.Encode($"{thinking.Farewell}\n{ReasoningParser.Close}\n\n"), whole);
    }

    static GrammarConstraint Compile(ITextModel model, string param, string key, Func<RuleSet> grammar, ReasoningMode reasoning)
    {
        try
        {
            return model.Constraints.Get(key, grammar, reasoning);
        }
        catch (GrammarException e)
        {
            throw ApiException.Invalid(param, $"'{param}' cannot be served: {e.Message}");
        }
    }
}
