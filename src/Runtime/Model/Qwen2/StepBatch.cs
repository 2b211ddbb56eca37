using KernelDsl.Runtime.Graph;

namespace KernelDsl.Runtime.Model;

/// <summary>
/// What a step's graph is bound to: its sizes and the batch on the device. Prefill sequences come first, decode sequences (one new token
/// each) after them; both views are slices of the same inputs.
/// </summary>
sealed class StepBatch
{
    public StepBatch(Graph.Graph graph)
    {
        Tokens = graph.Symbol("Tokens");
        Sequences = graph.Symbol("Sequences");
        Bounds = graph.Symbol("Bounds");
        Pages = graph.Symbol("Pages");
        PrefillTokens = graph.Symbol("PrefillTokens");
        PrefillSequences = graph.Symbol("PrefillSequences");
        DecodeSequences = graph.Symbol("DecodeSequences");
        Longest = graph.Symbol("Longest");
        Splits = graph.Symbol("Splits");
        LogitRows = graph.Symbol("LogitRows");

        TokenIds = graph.Input("tokens", ElementType.Int32, Tokens);
        Positions = graph.Input("positions", ElementType.Int32, Tokens);
        SequenceOfToken = graph.Input("sequences", ElementType.Int32, Tokens);
        Starts = graph.Input("starts", ElementType.Int32, Bounds);
        Lengths = graph.Input("lengths", ElementType.Int32, Sequences);
        PageTable = graph.Input("pages", ElementType.Int32, Sequences, Pages);
        Rows = graph.Input("rows", ElementType.Int32, LogitRows);
    }

    /// <summary>New tokens.</summary>
    public Symbol Tokens { get; }

    /// <summary>Sequences.</summary>
    public Symbol Sequences { get; }

    /// <summary>Entries of <see cref="Starts"/>: one more than sequences.</summary>
    public Symbol Bounds { get; }

    /// <summary>Width of the page table.</summary>
    public Symbol Pages { get; }

    /// <summary>Tokens of the sequences with more than one.</summary>
    public Symbol PrefillTokens { get; }

    /// <summary>Sequences with more than one new token.</summary>
    public Symbol PrefillSequences { get; }

    /// <summary>Sequences with one new token.</summary>
    public Symbol DecodeSequences { get; }

    /// <summary>Most new tokens of a sequence.</summary>
    public Symbol Longest { get; }

    /// <summary>Spans of keys of the longest decode sequence.</summary>
    public Symbol Splits { get; }

    /// <summary>Rows whose logits are wanted.</summary>
    public Symbol LogitRows { get; }

    public Tensor TokenIds { get; }

    public Tensor Positions { get; }

    public Tensor SequenceOfToken { get; }

    public Tensor Starts { get; }

    public Tensor Lengths { get; }

    public Tensor PageTable { get; }

    public Tensor Rows { get; }
}
