using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KernelDsl.Generators.Frontend;

/// <summary>Loops: the body is rehearsed once to learn which tiles it changes; those become loop-carried.</summary>
internal sealed partial class Tracer
{
    private void ForEach(IForEachLoopOperation loop)
    {
        if (Evaluate(loop.Collection) is not BlocksValue range || loop.LoopControlVariable is not IVariableDeclaratorOperation declarator)
            throw new KernelError("KDSL0020", Place(loop), "foreach over anything but Blocks(...)");
        string name = _state.NextBlock();
        var axis = new Axis(range.Length, name, new ScalarName($"{name}.live"));
        var block = new BlockValue(axis, new ScalarName($"{name}.start"));
        Scalar from = Named(range.From), to = Named(range.To);
        Loop(loop, loop.Body, () => _state.Frame.Locals[declarator.Symbol] = block, (carried, body) => new BlockLoop(axis, from, to, carried, body));
        _state.Frame.Locals.Remove(declarator.Symbol);
    }

    private void For(IForLoopOperation loop)
    {
        if (loop.Before is not [IVariableDeclarationGroupOperation { Declarations: [{ Declarators: [var declarator] }] }]
            || declarator.GetVariableInitializer() is not { } initializer
            || loop.Condition is not IBinaryOperation { OperatorKind: BinaryOperatorKind.LessThan, LeftOperand: ILocalReferenceOperation left, RightOperand: var bound }
            || !SymbolEqualityComparer.Default.Equals(left.Local, declarator.Symbol)
            || loop.AtLoopBottom is not [IExpressionStatementOperation { Operation: IIncrementOrDecrementOperation { Kind: OperationKind.Increment, Target: ILocalReferenceOperation step } }]
            || !SymbolEqualityComparer.Default.Equals(step.Local, declarator.Symbol))
            throw new KernelError("KDSL0020", Place(loop), "a for loop that is not 'for (int i = a; i < b; i++)'");
        Scalar from = Named(ScalarOf(Evaluate(initializer.Value), loop)), to = Named(ScalarOf(Evaluate(bound), loop));
        string name = _state.NextIndex();
        Loop(loop, loop.Body, () => _state.Frame.Locals[declarator.Symbol] = new ScalarValue(new ScalarName(name)),
            (carried, body) => new IndexLoop(name, from, to, carried, body));
        _state.Frame.Locals.Remove(declarator.Symbol);
    }

    private void Loop(IOperation at, IOperation body, Action bind, Func<EquatableArray<Carried>, EquatableArray<Op>, Op> make)
    {
        _state.SeenLoop = true;
        var changes = _state.Rehearse(() =>
        {
            bind();
            Statement(body);
        });

        var slots = new List<(Variable Variable, TileValue Initial, TileValue Value, TileValue Result)>();
        foreach (var (variable, before, after) in changes)
        {
            if (before is not TileRef { Tile: var initial } || after is not TileRef { Tile: var next })
                throw new KernelError("KDSL0043", Place(at), variable.Name, Describe(before), Describe(after));
            if (initial.Element != next.Element || !initial.Rows.Matches(next.Rows) || !initial.Cols.Matches(next.Cols))
                throw new KernelError("KDSL0043", Place(at), variable.Name, initial.Type, next.Type);
            int n = _state.NextCarried();
            slots.Add((variable, initial, initial with { Name = $"c{n}" }, initial with { Name = $"r{n}" }));
        }

        var ops = _state.Nested(() =>
        {
            foreach (var slot in slots)
                slot.Variable.Set(new TileRef(slot.Value));
            bind();
            Statement(body);
        });
        var carried = slots.Select(static s => new Carried(s.Value, s.Initial, ((TileRef)s.Variable.Get()).Tile, s.Result)).ToEquatable();
        foreach (var slot in slots)
            slot.Variable.Set(new TileRef(slot.Result));
        Emit(make(carried, ops.ToEquatable()));
    }

    private static string Describe(Value value) => value switch
    {
        ScalarValue s => s.Scalar.ToString(),
        TileRef t => t.Tile.Type,
        BlockValue b => $"block of {b.Axis.Length}",
        _ => value.GetType().Name,
    };
}
