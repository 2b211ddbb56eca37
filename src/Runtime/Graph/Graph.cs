namespace KernelDsl.Runtime.Graph;

/// <summary>
/// Launches in order, captured once through the members that the generator emits (<c>graph.RmsNorm(x, weight, y, eps)</c>), to be planned
/// and replayed by <see cref="GraphRunner"/>. Sizes may be symbols; memory is declared, not allocated.
/// </summary>
public sealed class Graph : IKernelGraph
{
    private readonly List<Symbol> _symbols = [];
    private readonly List<Node> _nodes = [];
    private readonly List<Storage> _storages = [];
    private readonly HashSet<Storage> _written = new(ReferenceEqualityComparer.Instance);

    /// <summary>Sizes that each replay binds, in the order of their declaration.</summary>
    public IReadOnlyList<Symbol> Symbols => _symbols;

    internal IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>Memory declared so far.</summary>
    internal IReadOnlyList<Storage> Storages => _storages;

    /// <summary>Declares a size that is bound at replay.</summary>
    public Symbol Symbol(string name)
    {
        // Replays remember which symbols are zero in the bits of one word.
        if (_symbols.Count == 64) throw new InvalidOperationException("a graph has at most 64 symbols");
        var symbol = new Symbol(name, _symbols.Count);
        _symbols.Add(symbol);
        return symbol;
    }

    /// <summary>Memory that the host writes before a replay.</summary>
    public Tensor Input(string name, ElementType element, params Dim[] dims) => Declare(name, StorageRole.Input, element, dims);

    /// <summary>Memory between launches; reused after its last use.</summary>
    public Tensor Temporary(string name, ElementType element, params Dim[] dims) => Declare(name, StorageRole.Temporary, element, dims);

    /// <summary>Memory that the host reads after a replay.</summary>
    public Tensor Output(string name, ElementType element, params Dim[] dims) => Declare(name, StorageRole.Output, element, dims);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An argument does not fit its parameter; names the kernel, the parameter and what was given.</exception>
    public void Add(KernelInfo kernel, ReadOnlySpan<GraphArgument> arguments, ReadOnlySpan<ConstantValue> constants)
    {
        if (arguments.Length != kernel.Parameters.Length)
            throw new ArgumentException($"{kernel.Name} takes {kernel.Parameters.Length} arguments, {arguments.Length} were given", nameof(arguments));
        for (int i = 0; i < arguments.Length; i++) Check(kernel, kernel.Parameters[i], arguments[i]);
        for (int i = 0; i < arguments.Length; i++)
            if (kernel.Parameters[i].Writes && arguments[i].Value is Tensor written) _written.Add(written.Storage);
        _nodes.Add(new(kernel, arguments.ToArray(), constants.ToArray()));
    }

    private Tensor Declare(string name, StorageRole role, ElementType element, Dim[] dims)
    {
        var storage = new Storage(name, role, element, dims);
        _storages.Add(storage);
        return Tensor.Dense(storage);
    }

    private void Check(KernelInfo kernel, KernelParameter parameter, GraphArgument argument)
    {
        ArgumentException Fault(string given) => new($"{kernel.Name}: parameter '{parameter.Name}' is {Describe(parameter)}, {given} was given");

        switch (parameter.Kind)
        {
            case ParameterKind.In or ParameterKind.Out or ParameterKind.InOut:
                if (argument.Value is not Tensor tensor || tensor.Element != parameter.Element || tensor.Dims.Length != parameter.Rank)
                    throw Fault($"{argument.Value?.ToString() ?? "a literal"}");
                if (parameter.Reads && tensor.Storage.Role is StorageRole.Temporary or StorageRole.Output && !_written.Contains(tensor.Storage))
                    throw new ArgumentException($"{kernel.Name}: parameter '{parameter.Name}' reads '{tensor.Storage.Name}', which nothing has written");
                if (parameter.Writes && tensor.Storage.Role == StorageRole.Input)
                    throw new ArgumentException($"{kernel.Name}: parameter '{parameter.Name}' writes '{tensor.Storage.Name}', which is an input");
                break;
            case ParameterKind.Weight when argument.Value is not WeightTensor || parameter.Element != WeightFormat.ReadsAs:
            case ParameterKind.Paged when argument.Value is not PagedTensor || parameter.Element != CacheFormats.ReadsAs:
            case ParameterKind.Int when argument.Value is not (null or Runtime.Graph.Symbol):
            case ParameterKind.Float when argument.Value is not null:
                throw Fault($"{argument.Value?.ToString() ?? "a literal"}");
        }
    }

    private static string Describe(KernelParameter p) => p.Kind switch
    {
        ParameterKind.Int => "an int or a symbol",
        ParameterKind.Float => "a float",
        ParameterKind.Weight => $"a packed weight of {p.Element.ShortName()}",
        ParameterKind.Paged => $"a paged cache of {p.Element.ShortName()}",
        _ => $"a tensor of {p.Element.ShortName()} with {p.Rank} dimensions",
    };
}

/// <summary>One captured launch.</summary>
sealed record Node(KernelInfo Kernel, GraphArgument[] Arguments, ConstantValue[] Constants)
{
    /// <summary>Whether it has nothing to write, so that it need not run.</summary>
    public bool IsEmpty(ReadOnlySpan<int> symbols)
    {
        for (int i = 0; i < Arguments.Length; i++)
            if (Kernel.Parameters[i].Writes && Arguments[i].Value is Tensor tensor && tensor.IsEmpty(symbols)) return true;
        return false;
    }

    /// <summary>Memory of its tensors and page tables.</summary>
    public IEnumerable<Storage> Storages()
    {
        foreach (var argument in Arguments)
        {
            if (argument.Value is Tensor tensor) yield return tensor.Storage;
            else if (argument.Value is PagedTensor paged) yield return paged.Table.Storage;
        }
    }
}
