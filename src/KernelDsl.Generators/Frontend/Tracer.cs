using KernelDsl.Generators.Ir;
using KernelDsl.Generators.Model;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace KernelDsl.Generators.Frontend;

/// <summary>
/// Symbolic execution of a kernel's operations into tile IR, with every block size and constant known. Statements are here, expressions,
/// calls, loops and inlining in the sibling files.
/// </summary>
internal sealed partial class Tracer
{
    private readonly Compilation _compilation;
    private readonly Signature _signature;
    private readonly Variant _variant;
    private readonly TraceState _state = new();
    private readonly List<ViewParameter> _views = [];
    private readonly GridAxis?[] _grid = new GridAxis?[3];
    private readonly Dictionary<string, Scalar> _lets = [];

    private Tracer(Compilation compilation, Signature signature, Variant variant)
    {
        _compilation = compilation;
        _signature = signature;
        _variant = variant;
    }

    /// <summary>Warnings found on the way; errors are thrown.</summary>
    public List<Finding> Warnings { get; } = [];

    /// <summary>Traces one variant of a kernel.</summary>
    /// <exception cref="KernelError">The kernel is outside the language; carries id, arguments and place.</exception>
    public static Kernel Trace(Compilation compilation, Signature signature, Variant variant, List<Finding> warnings)
    {
        var tracer = new Tracer(compilation, signature, variant);
        var kernel = tracer.Run();
        warnings.AddRange(tracer.Warnings);
        return kernel;
    }

    private Kernel Run()
    {
        var frame = new Frame(_signature.Method, null);
        _state.Frames.Add(frame);
        foreach (var (symbol, kind, element) in _signature.Arguments)
            frame.Locals[symbol] = kind switch
            {
                ParameterKind.Int => new ScalarValue(new ScalarParameter(symbol.Name, Float: false)),
                ParameterKind.Float => new ScalarValue(new ScalarParameter(symbol.Name, Float: true)),
                _ => new ViewValue(AddView(symbol, kind, element)),
            };
        foreach (var symbol in _signature.Constants.Select(static c => c.Symbol).Concat(_signature.Blocks))
            frame.Locals[symbol] = new ScalarValue(_variant.Constants.First(c => c.Name == symbol.Name).Value);

        Statement(BodyOf(_signature.Method, _signature.Location));
        return new RankResolver(_views).Resolve(new Kernel(
            _signature.Name,
            _signature.Arguments.Select(ParameterOf).ToEquatable(),
            _variant.Constants,
            _variant.Schedule,
            _grid.Select(static g => g ?? new GridAxis(1, 1)).ToEquatable(),
            _state.Ops.ToEquatable()));
    }

    private ViewParameter AddView(IParameterSymbol symbol, ParameterKind kind, Element element)
    {
        var view = new ViewParameter(symbol.Name, kind, element, symbol.Locations.FirstOrDefault());
        _views.Add(view);
        return view;
    }

    private Parameter ParameterOf((IParameterSymbol Symbol, ParameterKind Kind, Element Element) a)
    {
        var view = _views.FirstOrDefault(v => v.Name == a.Symbol.Name);
        if (view is { Kind: ParameterKind.Out or ParameterKind.InOut, Writes: false })
            Warnings.Add(new Finding("KDSL0007", view.Location, view.Name));
        return view is null ? new Parameter(a.Symbol.Name, a.Kind, a.Element, 0, Reads: true, Writes: false)
            : new Parameter(view.Name, view.Kind, view.Element, Math.Max(view.Rank, view.Kind switch { ParameterKind.Weight => 2, ParameterKind.Paged => 4, _ => 1 }), view.Reads, view.Writes);
    }

    private void Statement(IOperation operation)
    {
        switch (operation)
        {
            case IBlockOperation block:
                foreach (var inner in block.Operations)
                    if (_state.Frame.Returned is null)
                        Statement(inner);
                break;
            case IVariableDeclarationGroupOperation group:
                foreach (var declarator in group.Declarations.SelectMany(static d => d.Declarators))
                    if (declarator.GetVariableInitializer() is { } initializer)
                        _state.Frame.Locals[declarator.Symbol] = Keep(Evaluate(initializer.Value), declarator.Symbol.Type);
                break;
            case IExpressionStatementOperation expression:
                _ = Evaluate(expression.Operation);
                break;
            case IReturnOperation { ReturnedValue: { } value }:
                _state.Frame.Returned = Keep(Evaluate(value), _state.Frame.Method.ReturnType);
                break;
            case IReturnOperation:
                throw new KernelError("KDSL0028", Place(operation));
            case IConditionalOperation conditional:
                Conditional(conditional);
                break;
            case IForEachLoopOperation loop:
                ForEach(loop);
                break;
            case IForLoopOperation loop:
                For(loop);
                break;
            case IEmptyOperation:
                break;
            default:
                throw new KernelError("KDSL0020", Place(operation), operation.Syntax.ToString().Split('\n')[0].Trim());
        }
    }

    private void Conditional(IConditionalOperation conditional)
    {
        var condition = Condition(conditional.Condition);
        if (condition is IntConst known)
        {
            if (known.Value != 0)
                Statement(conditional.WhenTrue);
            else if (conditional.WhenFalse is { } otherwise)
                Statement(otherwise);
            return;
        }

        if (IsReturn(conditional.WhenTrue) && conditional.WhenFalse is null && _state.Frames.Count == 1)
        {
            if (_state.SeenLoop)
                throw new KernelError("KDSL0028", Place(conditional));
            Emit(new Guard(condition));
            return;
        }

        var whenTrue = _state.Rehearse(() => Arm(conditional.WhenTrue));
        var whenFalse = conditional.WhenFalse is { } f ? _state.Rehearse(() => Arm(f)) : [];
        foreach (var variable in whenTrue.Concat(whenFalse).Select(static c => c.Variable).GroupBy(static v => (v.Owner, v.Name)).Select(static g => g.First()).ToList())
            Merge(variable, condition, ValueAfter(whenTrue, variable), ValueAfter(whenFalse, variable), conditional);
    }

    private static bool IsReturn(IOperation operation) => operation is IReturnOperation { ReturnedValue: null }
        or IBlockOperation { Operations: [IReturnOperation { ReturnedValue: null }] };

    /// <summary>One arm of a condition: uniform values only, so that both arms can be evaluated.</summary>
    private void Arm(IOperation operation)
    {
        _inArm++;
        Statement(operation);
        _inArm--;
        if (_state.Ops.Any(static o => o is Ir.Store or BlockLoop or IndexLoop))
            throw new KernelError("KDSL0020", Place(operation), "a store or a loop under a condition");
    }

    private int _inArm;

    private static Value ValueAfter(List<(Variable Variable, Value Before, Value After)> changes, Variable variable) =>
        changes.FirstOrDefault(c => c.Variable.Owner == variable.Owner && SymbolEqualityComparer.Default.Equals(c.Variable.Symbol, variable.Symbol)) is { Variable: not null } change
            ? change.After : variable.Get();

    private void Merge(Variable variable, Scalar condition, Value a, Value b, IOperation at)
    {
        if (a is not ScalarValue x || b is not ScalarValue y)
            throw new KernelError("KDSL0029", Place(at), variable.Name);
        variable.Set(Named(new ScalarValue(ScalarMath.Choose(condition, x.Scalar, y.Scalar))));
    }

    private Scalar Condition(IOperation operation)
    {
        if (operation.DescendantsAndSelf().Any(static o => Names.Is(o.Type, "Tile") || Names.Is(o.Type, "Mask")))
            throw new KernelError("KDSL0025", Place(operation));
        return ScalarOf(Evaluate(operation), operation);
    }

    /// <summary>What a variable of the given type holds: composite uniform values get a name, splats become tiles, structs are copied.</summary>
    private Value Keep(Value value, ITypeSymbol type) => value switch
    {
        ScalarValue when Names.Is(type, "Tile") => Materialise(value),
        SplatValue => Materialise(value),
        ScalarValue s => Named(s),
        StructValue s => new StructValue(_state.Copy(s.Instance)),
        BlockValue b => b with { Start = Named(b.Start) },
        _ => value,
    };

    private ScalarValue Named(ScalarValue value) => new(Named(value.Scalar));

    /// <summary>A name for a composite value, so that it is computed once. Inside an arm of a condition values stay expressions.</summary>
    private Scalar Named(Scalar scalar)
    {
        if (!ScalarMath.IsComposite(scalar) || _inArm > 0)
            return scalar;
        string name = _state.NextLet();
        Emit(new Let(name, scalar));
        _lets[name] = scalar;
        return new ScalarName(name, scalar.IsFloat);
    }

    private TileRef Materialise(Value value)
    {
        var scalar = value is SplatValue splat ? splat.Scalar : ScalarMath.ToFloat(((ScalarValue)value).Scalar);
        var tile = NewTile(Element.F32, Axis.One, Axis.One);
        Emit(new Fill(tile, scalar));
        return new TileRef(tile);
    }

    private TileValue NewTile(Element element, Axis rows, Axis cols) => new(_state.NextTile(), element, rows, cols);

    private void Emit(Op op) => _state.Ops.Add(op);

    private static Location Place(IOperation operation) => operation.Syntax.GetLocation();

    /// <summary>The body of a method, accessor or expression-bodied member.</summary>
    private IOperation BodyOf(IMethodSymbol method, Location? place)
    {
        if (method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is not { } syntax)
            throw new KernelError("KDSL0024", place, method.Name);
        var operation = OperationOf(syntax);
        return operation switch
        {
            IMethodBodyOperation body => body.BlockBody ?? body.ExpressionBody ?? throw new KernelError("KDSL0024", place, method.Name),
            IBlockOperation block => block,
            _ => throw new KernelError("KDSL0024", place, method.Name),
        };
    }

    // The kernel and what it inlines may lie in different files.
#pragma warning disable RS1030
    private IOperation? OperationOf(SyntaxNode syntax) => _compilation.GetSemanticModel(syntax.SyntaxTree).GetOperation(syntax);
#pragma warning restore RS1030
}
