using System.Text;

namespace KernelDsl.Runtime.Text.Templates.Values;

/// <summary>Something a template can call: a macro, a global function, a bound method.</summary>
internal sealed class FunctionValue(string name, Func<Rendering, Arguments, Value> body, string typeName = "function") : Value
{
    public string Name => name;
    public override string TypeName => typeName;
    public override void WriteRepr(StringBuilder text) => text.Append($"<{typeName} '{name}'>");
    internal override Value? Attribute(string attribute) => typeName == "Macro" && attribute == "name" ? new StringValue(name) : null;
    public Value Call(Rendering rendering, Arguments arguments) => body(rendering, arguments);
}

/// <summary>What a call passes.</summary>
internal sealed record Arguments(IReadOnlyList<Value> Positional, IReadOnlyDictionary<string, Value> Named)
{
    public static readonly Arguments None = new([], new Dictionary<string, Value>());
}
