namespace KernelDsl.Runtime.Graph;

/// <summary>A size that is known when a graph is replayed, not when it is captured: the tokens of a step, its sequences.</summary>
public sealed class Symbol : GraphValue
{
    internal Symbol(string name, int index) => (Name, Index) = (name, index);

    /// <summary>For messages and plans.</summary>
    public string Name { get; }

    internal int Index { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A dimension or an offset: a number or a symbol.</summary>
public readonly record struct Dim
{
    private Dim(int value, Symbol? symbol) => (Value, Symbol) = (value, symbol);

    /// <summary>The number, where there is no symbol.</summary>
    public int Value { get; }

    /// <summary>The symbol, or null.</summary>
    public Symbol? Symbol { get; }

    /// <summary>A number.</summary>
    public static implicit operator Dim(int value) => new(value, null);

    /// <summary>A symbol.</summary>
    public static implicit operator Dim(Symbol symbol) => new(0, symbol);

    /// <inheritdoc/>
    public override string ToString() => Symbol?.Name ?? $"{Value}";

    internal int At(ReadOnlySpan<int> symbols) => Symbol == null ? Value : symbols[Symbol.Index];
}

/// <summary>A stride: a number of elements, times a symbol where an inner dimension is one.</summary>
readonly record struct Stride(long Factor, Symbol? Symbol)
{
    public long At(ReadOnlySpan<int> symbols) => Symbol == null ? Factor : Factor * symbols[Symbol.Index];

    public static Stride operator *(Stride stride, Dim dim) => (stride.Symbol, dim.Symbol) switch
    {
        (_, null) => stride with { Factor = stride.Factor * dim.Value },
        (null, _) => stride with { Symbol = dim.Symbol },
        _ => throw new ArgumentException($"the strides of a tensor depend on two symbols, {stride.Symbol} and {dim.Symbol}; put one of them first"),
    };
}
