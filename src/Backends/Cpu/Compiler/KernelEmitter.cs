using KernelDsl.Generators.Emit;
using KernelDsl.Generators.Ir;

namespace KernelDsl.Generators.Backends.Cpu;

/// <summary>Prints one variant of a kernel: its grid and its program.</summary>
internal sealed class KernelEmitter
{
    private readonly Kernel _kernel;
    private readonly Values _values;
    private readonly Placement _placement;
    private readonly List<Step> _steps;
    private readonly Dictionary<Step.Product, ProductEmitter> _products = [];
    private Regions _regions = new("");

    public KernelEmitter(Kernel kernel)
    {
        _kernel = kernel;
        _values = new Values(kernel);
        _steps = Scheduler.Schedule(_values, kernel.Body);
        _placement = new Placement(_values);
        _placement.Place(_steps);
        foreach (var product in Products(_steps))
            _products[product] = new ProductEmitter(_values, _placement.Scratch, product);
    }

    /// <summary>Bytes of scratch memory a program needs.</summary>
    public int ScratchBytes => _placement.Scratch.Bytes;

    /// <summary>What the launcher must check of paged arguments: parameter, block length of positions, layout that a dot reads, lanes that a store has.</summary>
    public IEnumerable<string> PagedUses()
    {
        foreach (var op in Walk.All(_kernel.Body))
        {
            var (view, indices) = op switch
            {
                Load load => (load.View, load.Indices),
                Store store => (store.View, store.Indices),
                _ => ("", default),
            };
            int parameter = _kernel.Parameters.Items.IndexOf(_kernel.Parameters.FirstOrDefault(p => p.Name == view && p.Kind == ParameterKind.Paged));
            if (parameter < 0)
                continue;
            int block = indices[1] is BlockIndex b ? b.Axis.Length : 1;
            var dot = Walk.All(_kernel.Body).OfType<Dot>().FirstOrDefault(d => op is Load && _values.DirectPanels(d) == op);
            string layout = dot is null ? "null" : $"PageLayout.{(dot.BTransposed ? "ContractLanes" : "ContractPositions")}";
            string stored = op is Store written ? $"{AccessEmitter.WholeLanes(written)}" : "null";
            yield return $"new CpuPagedUse({parameter}, {block}, {layout}, {stored})";
        }
    }

    /// <summary>Views whose rows are multiplied by a weight in place.</summary>
    public IEnumerable<string> RowsUses() =>
        from dot in Walk.All(_kernel.Body).OfType<Dot>()
        let rows = _values.DirectRows(dot)
        where rows is not null
        select $"new CpuRowsUse({IndexOf(rows.View)}, {IndexOf(_values.DirectPanels(dot)!.View)})";

    private int IndexOf(string view) => _kernel.Parameters.Items.IndexOf(_kernel.ParameterOf(view));

    /// <summary>The two methods of a variant.</summary>
    public void Emit(string suffix, CodeWriter w)
    {
        using (w.Block($"public static void Extents{suffix}(KernelArgument* args, int* extents)"))
        {
            DeclareParameters(w, extentsOnly: true);
            for (int d = 0; d < 3; d++)
                w.Line($"extents[{d}] = {(d < _kernel.Grid.Count ? ScalarText.Of(_kernel.Grid[d].Extent) : "1")};");
        }

        w.Line();
        _regions = new($"Program{suffix}");
        using (w.Block($"public static void Program{suffix}(KernelArgument* args, float* scratch, int gridX, int gridY, int gridZ)"))
        {
            foreach (string axis in new[] { "gridX", "gridY", "gridZ" })
                _regions.Declare("int", axis);
            DeclareParameters(w, extentsOnly: false);
            foreach (var buffer in _placement.Scratch.Buffers)
                Local(w, "float*", buffer.Name, $"scratch + {buffer.Offset}");
            w.Line();
            Emit(_steps, w);
        }

        _regions.WriteMethods(w);
    }

    private static IEnumerable<Step.Product> Products(IEnumerable<Step> steps) =>
        steps.SelectMany(static s => s is Step.Product p ? [p] : s is Step.Loop loop ? Products(loop.Body) : []);

    private void DeclareParameters(CodeWriter w, bool extentsOnly)
    {
        for (int i = 0; i < _kernel.Parameters.Count; i++)
        {
            var p = _kernel.Parameters[i];
            if (p.Kind is ParameterKind.Int or ParameterKind.Float)
            {
                Local(w, p.Kind == ParameterKind.Int ? "int" : "float", ScalarText.ScalarLocal(p.Name), $"args[{i}].{p.Kind}");
                continue;
            }

            Local(w, "KernelArgument*", ScalarText.ArgumentLocal(p.Name), $"args + {i}");
            if (extentsOnly || p.Kind is ParameterKind.Weight or ParameterKind.Paged)
                continue;
            string type = AccessEmitter.TypeOf(p.Element);
            Local(w, $"{type}*", ScalarText.DataLocal(p.Name), $"({type}*){ScalarText.ArgumentLocal(p.Name)}->Data");
            for (int d = 0; d < p.Rank; d++)
                Local(w, "nint", ScalarText.StrideLocal(p.Name, d), d == p.Rank - 1 ? "1" : $"(nint){ScalarText.ArgumentLocal(p.Name)}->Stride{d}");
        }
    }

    private void Emit(IEnumerable<Step> steps, CodeWriter w)
    {
        foreach (var step in steps)
        {
            switch (step)
            {
                case Step.Uniform { Op: Let let }:
                    Emit(let, w);
                    break;
                case Step.Uniform { Op: Guard guard }:
                    w.Line($"if ({ScalarText.Condition(guard.Condition)})").Line("    return;");
                    break;
                case Step.Nest nest:
                    Emit(nest, w);
                    break;
                case Step.Product product:
                    _products[product].Emit(w);
                    break;
                case Step.MergedLoop merged:
                    Emit(merged, w);
                    break;
                case Step.Loop loop:
                    Emit(loop, w);
                    break;
            }
        }
    }

    private void Emit(Step.Nest nest, CodeWriter w) => _regions.Call(region => NestEmitter.Emit(_values, _placement.Scratch, nest, region), w);

    private void Move(TileValue from, TileValue to, CodeWriter w) =>
        _regions.Call(region => NestEmitter.EmitMove(_values, _placement.Scratch, from, to, region), w);

    private void Emit(Let let, CodeWriter w) => Local(w, let.Value.IsFloat ? "float" : "int", Names.Identifier(let.Name), ScalarText.Of(let.Value));

    private void Local(CodeWriter w, string type, string name, string value)
    {
        w.Line($"{type} {name} = {value};");
        _regions.Declare(type, name);
    }

    private void Emit(Step.MergedLoop merged, CodeWriter w)
    {
        foreach (var carried in merged.Op.Carried)
            Move(carried.Initial, carried.Value, w);
        string id = Names.Identifier(merged.Op.Axis.Id!);
        using var scope = w.Block($"// all blocks of {merged.Op.Axis} at once");
        Local(w, "int", $"{id}_start", ScalarText.Of(merged.Op.From));
        Local(w, "int", $"{id}_live", $"{ScalarText.Of(merged.Op.To)} - {id}_start");
        foreach (var let in merged.Lets.OfType<Let>())
            Emit(let, w);
        Emit(merged.Body, w);
    }

    private void Emit(Step.Loop loop, CodeWriter w)
    {
        foreach (var carried in loop.Carried)
            Move(carried.Initial, carried.Value, w);
        if (loop.Op is BlockLoop block)
        {
            string id = Names.Identifier(block.Axis.Id!);
            Local(w, "int", $"{id}_end", ScalarText.Of(block.To));
            _regions.Declare("int", $"{id}_start");
            using var scope = w.Block($"for (int {id}_start = {ScalarText.Of(block.From)}; {id}_start < {id}_end; {id}_start += {block.Axis.Length})");
            Local(w, "int", $"{id}_live", $"Math.Min({block.Axis.Length}, {id}_end - {id}_start)");
            EmitBody(loop, w);
        }
        else if (loop.Op is IndexLoop index)
        {
            string name = Names.Identifier(index.Name);
            Local(w, "int", $"{name}_end", ScalarText.Of(index.To));
            _regions.Declare("int", name);
            using var scope = w.Block($"for (int {name} = {ScalarText.Of(index.From)}; {name} < {name}_end; {name}++)");
            EmitBody(loop, w);
        }
    }

    private void EmitBody(Step.Loop loop, CodeWriter w)
    {
        Emit(loop.Body, w);
        foreach (var (from, to) in _placement.MovesAfter(loop))
            Move(from, to, w);
    }
}
