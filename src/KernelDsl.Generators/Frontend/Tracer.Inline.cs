using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace KernelDsl.Generators.Frontend;

/// <summary>[Inline] methods and structs: traced in place, in a frame of their own.</summary>
internal sealed partial class Tracer
{
    private Value Inline(IInvocationOperation call)
    {
        var instance = call.Instance is { } i ? Struct(i, call) : null;
        var arguments = call.Arguments.OrderBy(static x => x.Parameter?.Ordinal ?? 0).ToList();
        return Inline(call.TargetMethod, instance, arguments, call);
    }

    private Value Inline(IMethodSymbol method, InlineStruct? self, IReadOnlyList<IArgumentOperation> arguments, IOperation at)
    {
        if (!Names.Has(method, Names.Inline) && !Names.Has(method.ContainingType, Names.Inline))
            throw new KernelError("KDSL0022", Place(at), method.Name);
        if (_state.Frames.Any(f => SymbolEqualityComparer.Default.Equals(f.Method.OriginalDefinition, method.OriginalDefinition)))
            throw new KernelError("KDSL0023", Place(at), method.Name);

        var frame = new Frame(method, self);
        foreach (var a in arguments.Where(static a => a.Parameter is { RefKind: not RefKind.Out }))
            frame.Locals[a.Parameter!] = Keep(Evaluate(a.Value), a.Parameter!.Type);
        var caller = _state.Frame;
        var body = BodyOf(method, Place(at));
        _state.Frames.Add(frame);
        Statement(body);
        _state.Frames.RemoveAt(_state.Frames.Count - 1);
        foreach (var a in arguments.Where(static a => a.Parameter is { RefKind: RefKind.Out or RefKind.Ref }))
            AssignOut(a.Value, frame.Locals[a.Parameter!], caller);
        return frame.Returned ?? VoidValue.Instance;
    }

    private void AssignOut(IOperation target, Value value, Frame caller)
    {
        if (target is IDeclarationExpressionOperation { Expression: ILocalReferenceOperation declared })
            caller.Locals[declared.Local] = value;
        else
            Assign(target, value);
    }

    private Value Create(IObjectCreationOperation creation)
    {
        if (creation.Type is not INamedTypeSymbol type || !Names.Has(type, Names.Inline) || creation.Constructor is not { } constructor)
            throw new KernelError("KDSL0022", Place(creation), creation.Type?.Name ?? creation.Syntax.ToString());
        if (_state.Frames.Any(f => SymbolEqualityComparer.Default.Equals(f.Method, constructor)))
            throw new KernelError("KDSL0023", Place(creation), type.Name);

        var instance = _state.NewStruct(type);
        var frame = new Frame(constructor, instance);
        foreach (var a in creation.Arguments)
        {
            var value = Keep(Evaluate(a.Value), a.Parameter!.Type);
            frame.Locals[a.Parameter] = value;
            instance.Fields[a.Parameter] = value;
        }

        _state.Frames.Add(frame);
        foreach (var field in type.GetMembers().OfType<IFieldSymbol>().Where(static f => !f.IsStatic && !f.IsImplicitlyDeclared))
        {
            if (field.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is not VariableDeclaratorSyntax syntax)
                throw new KernelError("KDSL0024", Place(creation), type.Name);
            if (syntax.Initializer is not null && OperationOf(syntax.Initializer) is IFieldInitializerOperation initializer)
                instance.Fields[field] = Keep(Evaluate(initializer.Value), field.Type);
        }
        if (constructor.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() is ConstructorDeclarationSyntax declaration
            && OperationOf(declaration) is IConstructorBodyOperation body && (body.BlockBody ?? body.ExpressionBody) is { } block)
            Statement(block);
        _state.Frames.RemoveAt(_state.Frames.Count - 1);
        return new StructValue(instance);
    }
}
