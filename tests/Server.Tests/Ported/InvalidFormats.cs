namespace Kdsl.Tests.Ported;

/// <summary>Formats that cannot be served, as vLLM's tests of both completion routes have them.</summary>
public static class InvalidFormats
{
    /// <summary>The fields of a request, and the parameter that the error must name.</summary>
    public static TheoryData<string, string> All => new()
    {
        // A property whose schema is a text.
        { """ "structured_outputs":{"json":{"type":"object","properties":{"brand":{"type":"string"},"car":{"$ref":"#/$defs/Car"},"foo":"bar"},"$defs":{"Car":{"enum":["a","b"]}}}} """, "structured_outputs.json" },
        { """ "structured_outputs":{"regex":"[.*"},"stop":["\n"] """, "structured_outputs.regex" },
        // A rule that is not defined.
        { """ "structured_outputs":{"grammar":"root ::= select_statementinvalidsyntax\nselect_statement ::= \"SELECT \" column\ncolumn ::= \"col_1 \" | \"col_2 \""} """, "structured_outputs.grammar" },
        { """ "structured_outputs":{"grammar":""} """, "structured_outputs.grammar" },
    };
}
