using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Passes;

namespace KernelDsl.Generators.Backends.Ilgpu;

/// <summary>
/// Lowers one variant to the body of an ILGPU kernel. A program is a group of Warps x 32 threads; tiles are named scalars in the Linear
/// layout, fully unrolled; consecutive elementwise operations of one layout become one run of scalar code, row by row; every read and
/// store is guarded by the live counts of its axes; barriers stand where <see cref="Accesses"/> finds a conflict and nowhere else.
/// </summary>
internal sealed partial class CudaLowering
{
    private readonly Kernel _kernel;
    private readonly int _threads;
    private readonly Layouts _layouts;
    private readonly Operands _operands;
    private readonly List<Dictionary<string, string>> _scopes = [];
    private readonly Dictionary<string, Func<int, int, string>> _registers = [];
    private Accesses _accesses = new();
    private CodeWriter _code = new();
    private readonly SortedSet<int> _widths = [];
    private int _named, _barriers;

    private CudaLowering(Kernel kernel, IReadOnlyList<Op> body)
    {
        (_kernel, _threads) = (kernel, Threads(kernel));
        _layouts = new Layouts(body, _threads);
        _operands = new Operands(body);
    }

    /// <summary>Threads of a group.</summary>
    public static int Threads(Kernel kernel) => 32 * (kernel.Schedule.Warps == 0 ? DefaultWarps : kernel.Schedule.Warps);

    private const int DefaultWarps = 4;

    /// <summary>Static shared memory of a group, in bytes: operands, and a float per thread for reductions.</summary>
    public static int SharedBytes(Kernel kernel) => new Operands(kernel.Body).Shared.Sum(static s => s.Bytes) + (4 * Threads(kernel));

    /// <summary>Registers per thread of the largest tile.</summary>
    public static int LargestTile(Kernel kernel)
    {
        var body = kernel.Body;
        var layouts = new Layouts(body, Threads(kernel));
        return Walk.All(body).SelectMany(Walk.Defines).Where(t => !layouts.IsUniform(t)).Select(t => layouts.Of(t).Registers(t)).DefaultIfEmpty(0).Max();
    }

    /// <summary>Prints the body.</summary>
    public static void Emit(Kernel kernel, CodeWriter code)
    {
        var body = kernel.Body;
        var lowering = new CudaLowering(kernel, body);
        lowering.Body(body);
        code.Line("int thread = Group.IdxX;");
        foreach (int width in lowering._widths)
            code.Line($"int row{width} = thread / {width}, col{width} = thread % {width};");
        code.Line($"var scratch = SharedMemory.Allocate<float>({Threads(kernel)});");
        foreach (var place in lowering._operands.Shared)
            code.Line($"var {place.Name} = SharedMemory.Allocate<{place.Type}>({place.Elements});");
        code.Line(lowering._code.ToString().TrimEnd());
    }

    private void Body(IEnumerable<Op> body)
    {
        _scopes.Add([]);
        var run = new Run(this);
        foreach (var op in body)
        {
            if (_operands.IsAbsorbed(op) || IsHoisted(op) || run.TryAdd(op)) continue;
            if (op is Let let)
            {
                // Uniform values never come from tiles: naming one does not end the run.
                _code.Line($"{(let.Value.IsFloat ? "float" : "int")} {Identifier.Of(let.Name)} = {ScalarText.Of(let.Value)};");
                continue;
            }
            run.Flush();
            if (!run.TryAdd(op)) Statement(op);
        }
        run.Flush();
        _scopes.RemoveAt(_scopes.Count - 1);
    }

    private void Statement(Op op)
    {
        switch (op)
        {
            case Guard guard:
                _code.Line($"if ({ScalarText.Condition(guard.Condition)}) return;");
                break;
            case Load load:
                Stage(load);
                break;
            case Dot dot:
                Multiply(dot);
                break;
            case Transpose transpose:
                Turn(transpose);
                break;
            case BlockLoop loop:
                string start = $"{Identifier.Of(loop.Axis.Id!)}_start", to = Atom(loop.To);
                Loop(loop, $"for (int {start} = {ScalarText.Of(loop.From)}; {start} < {to}; {start} += {loop.Axis.Length})",
                    $"int {Identifier.Of(loop.Axis.Id!)}_live = Uniform.Min({loop.Axis.Length}, {to} - {start});");
                break;
            case IndexLoop loop:
                string name = Identifier.Of(loop.Name);
                Loop(loop, $"for (int {name} = {ScalarText.Of(loop.From)}; {name} < {Atom(loop.To)}; {name}++)", null);
                break;
            default:
                throw new InvalidOperationException($"no lowering for {op.GetType().Name}");
        }
    }

    private void Loop(Op loop, string header, string? first)
    {
        var carried = Walk.CarriedOf(loop);
        var sums = SumCarries.Find(loop);
        foreach (var c in carried)
        {
            var sum = sums.FirstOrDefault(s => s.Carried.Value.Name == c.Value.Name);
            if (sum.Reduce is { } reduce) Hoist(c, reduce, sum.Combine);
            else Define(c.Value, (i, j) => Register(c.Initial, i, j));
            _registers[c.Result.Name] = _registers[c.Value.Name];
        }

        // What the end of the body leaves pending meets its beginning; what the loop inherits it should meet once, before it.
        var owners = new LoopOwners(loop);
        var (entry, body) = (_accesses, Walk.Children(loop).ToList());
        var iteration = Rehearse(entry, owners, carried, body, first);
        if (iteration.Barriers > 0 && entry.Any && iteration.Barriers > Rehearse(new Accesses(), owners, carried, body, first).Barriers)
        {
            Barrier();
            iteration = Rehearse(entry, owners, carried, body, first);
        }

        _accesses = iteration.AtBackEdge;
        _accesses.Merge(entry);
        using (_code.Block(header))
            LoopBody(carried, body, first);
        _accesses.Disown(owners.Mentions);
        _accesses.Merge(entry);
        foreach (var sum in sums)
            FinishHoisted(sum.Carried, sum.Reduce);
    }

    /// <summary>Prints a loop's body twice to nowhere, to learn what an iteration leaves to the next and how many barriers a steady one has.</summary>
    private (Accesses AtBackEdge, int Barriers) Rehearse(Accesses entry, LoopOwners owners, IReadOnlyList<Carried> carried, List<Op> body, string? first)
    {
        var (code, named, accesses, barriers) = (_code, _named, _accesses, _barriers);
        _accesses = entry.Copy();
        _code = new CodeWriter();
        LoopBody(carried, body, first);
        _accesses.Disown(owners.Moves);
        var atBackEdge = _accesses.Copy();

        _accesses.Merge(entry);
        _barriers = 0;
        LoopBody(carried, body, first);
        int steady = _barriers;
        (_code, _named, _accesses, _barriers) = (code, named, accesses, barriers);
        return (atBackEdge, steady);
    }

    private void LoopBody(IReadOnlyList<Carried> carried, IReadOnlyList<Op> body, string? first)
    {
        if (first is not null) _code.Line(first);
        Body(body);
        var values = new HashSet<string>(carried.SelectMany(c => Elements(c.Value, (i, j) => Register(c.Value, i, j))));
        var moves = carried.SelectMany(c => Elements(c.Value, (i, j) => (To: Register(c.Value, i, j), From: Register(c.Next, i, j), c.Value.Element)))
            .Where(static m => m.To != m.From).ToList();
        bool crossed = moves.Any(m => values.Contains(m.From));
        if (crossed)
            foreach (var move in moves)
                _code.Line($"{DeviceType.Register(move.Element)} next_{move.To} = {move.From};");
        foreach (var move in moves)
            _code.Line($"{move.To} = {(crossed ? $"next_{move.To}" : move.From)};");
    }

    private IEnumerable<T> Elements<T>(TileValue tile, Func<int, int, T> of)
    {
        var layout = _layouts.Of(tile);
        for (int i = 0; i < layout.Rows(tile.Rows); i++)
            for (int j = 0; j < layout.Cols(tile.Cols); j++)
                yield return of(i, j);
    }

    private void Touch(Access access)
    {
        if (_accesses.Conflicts(access)) Barrier();
        _accesses.Add(access);
    }

    private void Barrier()
    {
        _code.Line("Group.Barrier();");
        _accesses.Barrier();
        _barriers++;
    }

    /// <summary>A uniform value as a name or literal; others are named once per scope.</summary>
    private string Atom(Scalar scalar)
    {
        string text = ScalarText.Of(scalar);
        return scalar is IntConst or FloatConst or ScalarName or ScalarParameter or ViewDim ? text : Named(text, scalar.IsFloat ? "float" : "int");
    }

    private string Named(string expression, string type)
    {
        foreach (var scope in _scopes)
            if (scope.TryGetValue(expression, out string? known)) return known;
        string name = $"u{_named++}";
        _code.Line($"{type} {name} = {expression};");
        return _scopes[_scopes.Count - 1][expression] = name;
    }
}
