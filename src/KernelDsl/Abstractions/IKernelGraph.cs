namespace KernelDsl;

/// <summary>
/// What the generated extension members (one per kernel: <c>graph.RmsNorm(x, weight, y, eps)</c>) add launches to. The runtime's Graph implements it.
/// </summary>
public interface IKernelGraph
{
    /// <summary>Appends a launch.</summary>
    /// <param name="kernel">What runs.</param>
    /// <param name="arguments">One per parameter of <paramref name="kernel"/>, in order.</param>
    /// <param name="constants">A value for each [Const] parameter.</param>
    void Add(KernelInfo kernel, ReadOnlySpan<GraphArgument> arguments, ReadOnlySpan<ConstantValue> constants);
}

/// <summary>The value chosen for a [Const] parameter.</summary>
public readonly record struct ConstantValue(string Name, int Value);

/// <summary>A tensor, weight, cache or symbolic int of a graph; the runtime derives its own kinds.</summary>
public abstract class GraphValue;

/// <summary>An argument of a captured launch: a view or symbol, an int, or a float.</summary>
public readonly struct GraphArgument
{
    private GraphArgument(GraphValue? value, int i, float f) => (Value, Int, Float) = (value, i, f);

    /// <summary>The view, weight, cache or symbolic int; null for a literal.</summary>
    public GraphValue? Value { get; }

    /// <summary>A literal int.</summary>
    public int Int { get; }

    /// <summary>A literal float.</summary>
    public float Float { get; }

    /// <summary>A view, weight, cache or symbolic int.</summary>
    public static implicit operator GraphArgument(GraphValue value) => new(value, 0, 0);

    /// <summary>A literal int.</summary>
    public static implicit operator GraphArgument(int value) => new(null, value, 0);

    /// <summary>A literal float.</summary>
    public static implicit operator GraphArgument(float value) => new(null, 0, value);
}
