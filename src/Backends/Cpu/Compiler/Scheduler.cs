using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>
/// Groups the operations of a body into steps. An operation joins the earliest nest over its space that comes after everything it reads,
/// so that independent chains share a nest although the source interleaves them.
/// </summary>
internal sealed class Scheduler(Values values)
{
    private readonly List<Step> _steps = [];
    private readonly Dictionary<string, int> _stepOfTile = [];
    private readonly Dictionary<string, int> _stepOfName = [];
    private readonly List<(int Step, string View, Op Op)> _effects = [];
    private readonly HashSet<string> _reductions = [];
    private int _barrier;

    /// <summary>The steps of a body.</summary>
    public static List<Step> Schedule(Values values, IEnumerable<Op> body)
    {
        var scheduler = new Scheduler(values);
        var ops = UniformsFirst(body).ToList();
        foreach (var op in ops)
            scheduler.Add(op, ops);
        scheduler.FindKept();
        return scheduler._steps;
    }

    /// <summary>Names of uniform values move before the tiles, which they would keep apart; never past a guard, which they may rely on.</summary>
    private static IEnumerable<Op> UniformsFirst(IEnumerable<Op> body)
    {
        var tiles = new List<Op>();
        foreach (var op in body)
        {
            if (op is Let)
            {
                yield return op;
                continue;
            }

            tiles.Add(op);
            if (op is not Guard)
                continue;
            foreach (var tile in tiles)
                yield return tile;
            tiles.Clear();
        }

        foreach (var tile in tiles)
            yield return tile;
    }

    private void Add(Op op, List<Op> body)
    {
        switch (op)
        {
            case Let let:
                _stepOfName[let.Name] = Append(new Step.Uniform(op));
                break;
            case Guard:
                _barrier = Append(new Step.Uniform(op)) + 1;
                break;
            case BlockLoop or IndexLoop:
                AddLoop(op);
                break;
            case Dot dot when values.Accumulated.TryGetValue(dot.Result.Name, out var add) && body.Contains(add):
                break;
            case Dot dot:
                _stepOfTile[dot.Result.Name] = Append(new Step.Product(dot, dot.Result, null));
                break;
            case Elementwise { Function: Function.Add } add when values.DotOf(add) is { } pair && body.Contains(pair.Dot):
                _stepOfTile[add.Result.Name] = Append(new Step.Product(pair.Dot, add.Result, pair.Addend));
                break;
            case Load load when IsOnlyDirect(load):
            case var _ when Values.IsAlias(op) || Walk.Defines(op).Any(values.IsInline):
                break;
            default:
                AddToNest(op);
                break;
        }
    }

    /// <summary>A load that dots read in place needs no code.</summary>
    private bool IsOnlyDirect(Load load) =>
        values.UsesThroughAliases(load.Result) is { Count: > 0 } uses
        && uses.All(use => use is Dot dot
            && (values.DirectPanels(dot) == load || values.Resolve(dot.B).Name != load.Result.Name)
            && (values.DirectRows(dot) == load || values.Resolve(dot.A).Name != load.Result.Name));

    private void AddLoop(Op op)
    {
        var body = Schedule(values, Walk.Children(op));
        var carried = Walk.CarriedOf(op);
        Step step = op is BlockLoop block && MergeLoop.Try(values, block, body) is { } merged ? merged : new Step.Loop(op, carried, body);
        int index = Append(step);
        foreach (var c in carried)
            _stepOfTile[c.Result.Name] = index;
        foreach (var inner in Walk.All(Walk.Children(op)))
            if (ViewOf(inner) is { } view)
                _effects.Add((index, view, inner));
    }

    private void AddToNest(Op op)
    {
        var space = op switch
        {
            Store store => Space.Of(store),
            Reduce reduce => Space.Of(reduce.Source),
            _ => Space.Of(Walk.Defines(op).First()),
        };
        int first = Math.Max(_barrier, Math.Max(AfterOperands(op, space), AfterEffects(op, space)));
        int index = _steps.FindIndex(first, step => step is Step.Nest nest && nest.Space.Joins(space));
        if (index < 0)
            index = Append(new Step.Nest(space));
        ((Step.Nest)_steps[index]).Ops.Add(op);
        foreach (var tile in Walk.Defines(op))
            _stepOfTile[tile.Name] = index;
        if (op is Reduce r)
            _reductions.Add(r.Result.Name);
        if (ViewOf(op) is { } view)
            _effects.Add((index, view, op));
    }

    private int Append(Step step)
    {
        _steps.Add(step);
        return _steps.Count - 1;
    }

    /// <summary>The first step that sees all that the operation reads; its own step counts when lanes are passed in registers.</summary>
    private int AfterOperands(Op op, Space space)
    {
        int first = 0;
        foreach (string name in NamesIn(op))
            if (_stepOfName.TryGetValue(name, out int let))
                first = Math.Max(first, let + 1);
        foreach (var tile in Walk.Uses(op).Select(values.Resolve))
        {
            if (values.IsInline(tile))
            {
                if (values.Definition(tile) is { } inline)
                    first = Math.Max(first, AfterOperands(inline, space));
            }
            else if (_stepOfTile.TryGetValue(tile.Name, out int step))
            {
                bool inRegisters = _steps[step] is Step.Nest nest && nest.Space.Joins(space) && !_reductions.Contains(tile.Name);
                first = Math.Max(first, inRegisters ? step : step + 1);
            }
        }

        return first;
    }

    private int AfterEffects(Op op, Space space)
    {
        if (ViewOf(op) is not { } view)
            return 0;
        int first = 0;
        foreach (var (step, other, earlier) in _effects)
        {
            if (other != view || (op is Load && earlier is Load))
                continue;
            bool laneByLane = _steps[step] is Step.Nest nest && nest.Space.Joins(space) && Aliasing.IsLaneByLane(values, earlier, op);
            first = Math.Max(first, laneByLane ? step : step + 1);
        }

        return first;
    }

    private static string? ViewOf(Op op) => op switch
    {
        Load load => load.View,
        Store store => store.View,
        _ => null,
    };

    private static IEnumerable<string> NamesIn(Op op) => Walk.Scalars(op).Concat(Walk.Defines(op).Concat(Walk.Uses(op)).SelectMany(static t => new[] { t.Rows.Live, t.Cols.Live })).SelectMany(Walk.Names);

    /// <summary>Values that a nest computes and something else reads.</summary>
    private void FindKept()
    {
        foreach (var nest in _steps.OfType<Step.Nest>())
        {
            foreach (var tile in nest.Ops.SelectMany(Walk.Defines))
            {
                bool elsewhere = values.UsesThroughAliases(tile).Any(use => use is BlockLoop or IndexLoop or Dot || !nest.Ops.Contains(use));
                if (elsewhere || nest.Ops.Any(op => op is Reduce r && r.Result == tile))
                    nest.Kept.Add(tile);
            }
        }
    }
}
