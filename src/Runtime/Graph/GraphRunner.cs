using System.Collections.Immutable;
using System.Runtime.InteropServices;
using KernelDsl.Runtime.Backend;

namespace KernelDsl.Runtime.Graph;

/// <summary>
/// Replays a graph: one plan per bucket of shapes, all in one arena. Per step: <see cref="Bind"/>, <see cref="Write"/> the inputs,
/// <see cref="Run"/>, <see cref="Read"/> the outputs. Allocates nothing once a bucket has run with the same symbols at zero.
/// </summary>
public sealed class GraphRunner : IDisposable
{
    private readonly Graph _graph;
    private readonly IBackend _backend;
    private readonly DeviceBuffer _arena;
    private readonly BoundGraph[] _buckets;
    private readonly int[] _symbols;
    private BoundGraph _current;

    /// <summary>Plans the graph.</summary>
    /// <param name="graph">What to run; must not grow any more.</param>
    /// <param name="backend">Where.</param>
    /// <param name="buckets">Largest values of the symbols, in the order of <see cref="Graph.Symbols"/>, smallest bucket first.</param>
    /// <exception cref="KernelNotBuiltException">A kernel has no variant for the constants asked for.</exception>
    public GraphRunner(Graph graph, IBackend backend, IReadOnlyList<ImmutableArray<int>> buckets)
    {
        if (buckets.Count == 0) throw new ArgumentException("at least one bucket is needed", nameof(buckets));
        foreach (var bucket in buckets)
            if (bucket.Length != graph.Symbols.Count)
                throw new ArgumentException($"a bucket has {bucket.Length} values, the graph has {graph.Symbols.Count} symbols", nameof(buckets));

        (_graph, _backend, _symbols) = (graph, backend, new int[graph.Symbols.Count]);
        var kernels = Compile(graph, backend);
        var plans = buckets.Select(b => GraphPlan.Of(graph, b.AsSpan())).ToArray();
        _arena = backend.Allocate(Math.Max(plans.Max(static p => p.Bytes), ArenaPlanner.Alignment), "activations");
        _buckets = Array.ConvertAll(plans, p => new BoundGraph(graph, p, backend, kernels, _arena));
        _current = _buckets[0];
    }

    /// <summary>Device memory for activations, inputs and outputs.</summary>
    public long ArenaBytes => _arena.Bytes;

    /// <summary>Launches per replay, at most.</summary>
    public int Launches => _graph.Nodes.Count;

    /// <summary>Sets the symbols' values, in the order of <see cref="Graph.Symbols"/>, and picks the first bucket that fits.</summary>
    /// <exception cref="ArgumentException">No bucket fits; names the symbol.</exception>
    public void Bind(ReadOnlySpan<int> symbols)
    {
        symbols.CopyTo(_symbols);
        foreach (var bucket in _buckets)
        {
            if (!bucket.Plan.Fits(symbols)) continue;
            _current = bucket;
            bucket.Bind(symbols);
            return;
        }
        throw TooLarge(symbols);
    }

    /// <summary>Copies an input to the device.</summary>
    /// <param name="input">Declared by <see cref="Graph.Input"/>.</param>
    /// <param name="values">All elements at the bound sizes, row-major.</param>
    public void Write<T>(Tensor input, ReadOnlySpan<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        Check(input, StorageRole.Input, bytes.Length);
        _backend.Upload(bytes, _arena, _current.Plan.OffsetOf(input.Storage));
    }

    /// <summary>Runs the launches.</summary>
    public void Run() => _current.Replay();

    /// <summary>Copies an output to the host; waits for it.</summary>
    /// <param name="output">Declared by <see cref="Graph.Output"/>.</param>
    /// <param name="values">All elements at the bound sizes, row-major.</param>
    public void Read<T>(Tensor output, Span<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        Check(output, StorageRole.Output, bytes.Length);
        _backend.Download(_arena, _current.Plan.OffsetOf(output.Storage), bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var bucket in _buckets) bucket.Dispose();
        _arena.Dispose();
    }

    private static ICompiledKernel[] Compile(Graph graph, IBackend backend)
    {
        var compiled = new Dictionary<string, ICompiledKernel>(StringComparer.Ordinal);
        var kernels = new ICompiledKernel[graph.Nodes.Count];
        for (int i = 0; i < kernels.Length; i++)
        {
            var node = graph.Nodes[i];
            var key = $"{node.Kernel.Name} {string.Join(", ", node.Constants)}";
            if (!compiled.TryGetValue(key, out var kernel))
                compiled.Add(key, kernel = backend.GetKernel(node.Kernel, node.Constants.ToDictionary(static c => c.Name, static c => c.Value)));
            kernels[i] = kernel;
        }
        return kernels;
    }

    private void Check(Tensor tensor, StorageRole role, int bytes)
    {
        if (tensor.Storage.Role != role) throw new ArgumentException($"'{tensor.Storage.Name}' is not an {role} of the graph", nameof(tensor));
        long expected = tensor.Storage.Bytes(_symbols);
        if (bytes != expected) throw new ArgumentException($"'{tensor.Storage.Name}' has {expected} bytes at the bound sizes, {bytes} were given", nameof(bytes));
    }

    private ArgumentException TooLarge(ReadOnlySpan<int> symbols)
    {
        var maxima = _buckets[^1].Plan.Maxima;
        for (int i = 0; i < maxima.Length; i++)
            if (symbols[i] > maxima[i]) return new($"{_graph.Symbols[i]} is {symbols[i]}; at most {maxima[i]} were planned", nameof(symbols));
        return new("no bucket holds these sizes", nameof(symbols));
    }
}
