using KernelDsl.Generators.Ir;
using Microsoft.CodeAnalysis;

namespace KernelDsl.Generators.Frontend;

/// <summary>The variables of one method being traced, kernel or inlined.</summary>
internal sealed class Frame(IMethodSymbol method, InlineStruct? self)
{
    public IMethodSymbol Method => method;

    /// <summary>The struct whose method this is.</summary>
    public InlineStruct? Self => self;

    public Dictionary<ISymbol, Value> Locals { get; } = new(SymbolEqualityComparer.Default);

    public Value? Returned { get; set; }
}

/// <summary>
/// Everything that tracing changes as it goes: variables, operations, name counters. A loop body is traced twice, first to learn what it
/// changes, so all of it can be put back.
/// </summary>
internal sealed class TraceState
{
    private readonly List<InlineStruct> _structs = [];
    private int _tiles, _lets, _blocks, _indices, _carried;

    public List<Frame> Frames { get; } = [];

    public List<Op> Ops { get; private set; } = [];

    public Frame Frame => Frames[Frames.Count - 1];

    public bool SeenLoop { get; set; }

    public string NextTile() => $"t{_tiles++}";

    public string NextLet() => $"s{_lets++}";

    public string NextBlock() => $"b{_blocks++}";

    public string NextIndex() => $"i{_indices++}";

    public int NextCarried() => _carried++;

    public InlineStruct NewStruct(INamedTypeSymbol type)
    {
        var s = new InlineStruct(type);
        _structs.Add(s);
        return s;
    }

    public InlineStruct Copy(InlineStruct source)
    {
        var s = source.Clone();
        _structs.Add(s);
        return s;
    }

    /// <summary>Traces into a fresh operation list and returns it.</summary>
    public List<Op> Nested(Action trace)
    {
        var outer = Ops;
        Ops = [];
        trace();
        var inner = Ops;
        Ops = outer;
        return inner;
    }

    /// <summary>Runs a trace, puts everything back, and returns the variables with their values before and after it.</summary>
    public List<(Variable Variable, Value Before, Value After)> Rehearse(Action trace)
    {
        var before = Variables();
        var counters = (_tiles, _lets, _blocks, _indices, _carried, SeenLoop, _structs.Count);
        _ = Nested(trace);
        var changed = before.Select(b => (Variable: b.Key, Before: b.Value, After: b.Key.Get())).Where(static c => !Equals(c.Before, c.After)).ToList();
        (_tiles, _lets, _blocks, _indices, _carried, SeenLoop, int structs) = counters;
        _structs.RemoveRange(structs, _structs.Count - structs);
        foreach (var frame in Frames)
            foreach (var local in frame.Locals.Keys.Where(k => !before.Any(b => b.Key.Owner == (object)frame && SymbolEqualityComparer.Default.Equals(b.Key.Symbol, k))).ToList())
                frame.Locals.Remove(local);
        foreach (var b in before)
            b.Key.Set(b.Value);
        return changed;
    }

    private List<KeyValuePair<Variable, Value>> Variables() =>
        Frames.SelectMany(static f => f.Locals.Select(l => new KeyValuePair<Variable, Value>(new(f, f.Locals, l.Key), l.Value)))
            .Concat(_structs.SelectMany(static s => s.Fields.Select(f => new KeyValuePair<Variable, Value>(new(s, s.Fields, f.Key), f.Value))))
            .ToList();
}

/// <summary>A local or a field of an inlined struct.</summary>
internal sealed class Variable(object owner, Dictionary<ISymbol, Value> values, ISymbol symbol)
{
    public object Owner => owner;

    public ISymbol Symbol => symbol;

    /// <summary>The name as the author wrote it, for messages.</summary>
    public string Name => symbol.Name.TrimStart('_');

    public Value Get() => values[symbol];

    public void Set(Value value) => values[symbol] = value;
}
