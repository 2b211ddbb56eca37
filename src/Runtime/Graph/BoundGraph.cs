using System.Runtime.InteropServices;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Graph;

/// <summary>A graph planned for one bucket of shapes: launches whose arguments lie in unmanaged memory and are patched between replays.</summary>
sealed unsafe class BoundGraph : IDisposable
{
    private readonly Graph _graph;
    private readonly IBackend _backend;
    private readonly DeviceBuffer _arena;
    private readonly KernelArgument* _arguments;
    private readonly Launch[] _launches, _active;
    private readonly (GraphValue Value, int[] Slots)[] _patches;
    private readonly Dictionary<ulong, ICapturedGraph?> _captured = [];
    private int _activeCount;
    private ulong _zeros = ulong.MaxValue;

    public BoundGraph(Graph graph, GraphPlan plan, IBackend backend, IReadOnlyList<ICompiledKernel> kernels, DeviceBuffer arena)
    {
        (_graph, Plan, _backend, _arena) = (graph, plan, backend, arena);
        _arguments = (KernelArgument*)NativeMemory.AllocZeroed((nuint)graph.Nodes.Sum(static n => n.Arguments.Length), (nuint)sizeof(KernelArgument));
        _launches = new Launch[graph.Nodes.Count];
        _active = new Launch[graph.Nodes.Count];

        var slots = new Dictionary<GraphValue, List<int>>(ReferenceEqualityComparer.Instance);
        for (int node = 0, slot = 0; node < _launches.Length; node++)
        {
            _launches[node] = new(kernels[node], _arguments + slot);
            foreach (var argument in graph.Nodes[node].Arguments)
            {
                if (argument.Value == null) _arguments[slot] = new() { Int = argument.Int, Float = argument.Float };
                else if (slots.TryGetValue(argument.Value, out var list)) list.Add(slot);
                else slots.Add(argument.Value, [slot]);
                slot++;
            }
        }

        Span<int> maxima = plan.Maxima;
        var patches = new List<(GraphValue, int[])>();
        foreach (var (value, list) in slots)
        {
            foreach (int slot in list) _arguments[slot] = ValueOf(value, maxima);
            if (DependsOnSymbols(value)) patches.Add((value, [.. list]));
        }
        _patches = [.. patches];

        for (int node = 0; node < _launches.Length; node++)
            kernels[node].Validate(new(_launches[node].Arguments, graph.Nodes[node].Arguments.Length));
    }

    public GraphPlan Plan { get; }

    /// <summary>Patches the arguments that depend on symbols, and drops launches that have nothing to write.</summary>
    public void Bind(ReadOnlySpan<int> symbols)
    {
        foreach (var (value, slots) in _patches)
        {
            var argument = ValueOf(value, symbols);
            foreach (int slot in slots) _arguments[slot] = argument;
        }

        ulong zeros = 0;
        for (int i = 0; i < symbols.Length; i++)
            if (symbols[i] == 0) zeros |= 1UL << i;
        if (zeros == _zeros) return;

        _zeros = zeros;
        _activeCount = 0;
        for (int node = 0; node < _launches.Length; node++)
            if (!_graph.Nodes[node].IsEmpty(symbols)) _active[_activeCount++] = _launches[node];
    }

    public void Replay()
    {
        var launches = _active.AsSpan(0, _activeCount);
        if (!_captured.TryGetValue(_zeros, out var captured)) _captured.Add(_zeros, captured = _backend.Capture(launches));
        if (captured != null) captured.Replay();
        else _backend.Run(launches);
    }

    public void Dispose()
    {
        foreach (var captured in _captured.Values) captured?.Dispose();
        NativeMemory.Free(_arguments);
    }

    private KernelArgument ValueOf(GraphValue value, ReadOnlySpan<int> symbols) => value switch
    {
        Tensor tensor => tensor.Bind(Plan.AddressOf(tensor.Storage, _arena), symbols),
        WeightTensor weight => weight.Bind(),
        PagedTensor paged => paged.Bind(Plan.AddressOf(paged.Table.Storage, _arena), symbols),
        Symbol symbol => KernelArgument.OfInt(symbols[symbol.Index]),
        _ => throw new ArgumentException($"{value.GetType().Name} is not a value of this graph"),
    };

    private static bool DependsOnSymbols(GraphValue value) => value switch
    {
        WeightTensor => false,
        Tensor tensor => tensor.IsSymbolic,
        _ => true,
    };
}
