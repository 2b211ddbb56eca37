using System.Numerics;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>A filter, test, method or global with named parameters.</summary>
/// <param name="Name">As templates call it.</param>
/// <param name="Parameters">Names in order; a question mark marks an optional one, a lone * takes any arguments.</param>
internal sealed record Builtin(string Name, string[] Parameters, Func<BuiltinCall, Value> Body)
{
    public Value Call(Rendering rendering, Value self, Arguments arguments) => Body(new(rendering, self, arguments, Bind(arguments)));

    Value?[] Bind(Arguments arguments)
    {
        if (Parameters is ["*"]) return [];
        if (arguments.Positional.Count > Parameters.Length)
            throw new TemplateException($"{Name}() takes at most {Parameters.Length} arguments ({arguments.Positional.Count} given)");
        var bound = new Value?[Parameters.Length];
        for (int i = 0; i < arguments.Positional.Count; i++) bound[i] = arguments.Positional[i];
        foreach (var (name, value) in arguments.Named)
        {
            int at = Array.FindIndex(Parameters, p => p.TrimEnd('?') == name);
            if (at < 0) throw new TemplateException($"{Name}() got an unexpected keyword argument '{name}'");
            if (bound[at] is not null) throw new TemplateException($"{Name}() got multiple values for argument '{name}'");
            bound[at] = value;
        }
        for (int i = 0; i < bound.Length; i++)
            if (bound[i] is null && !Parameters[i].EndsWith('?')) throw new TemplateException($"{Name}() missing required argument: '{Parameters[i]}'");
        return bound;
    }
}

/// <summary>One call of a builtin: what it is applied to and its arguments by parameter.</summary>
internal readonly record struct BuiltinCall(Rendering Rendering, Value Self, Arguments Arguments, Value?[] Bound)
{
    /// <summary>The argument; null when it was not given.</summary>
    public Value? this[int i] => Bound[i];

    /// <summary>What the builtin is applied to, as text; undefined is "".</summary>
    public string Text => Self.ToString();

    public IEnumerable<Value> Items => Syntax.Access.Items(Self);

    public bool Given(int i) => Bound[i] is not (null or NoneValue);

    public string TextAt(int i, string missing = "") => Given(i) ? Bound[i]!.ToString() : missing;

    public int IntAt(int i, int missing) => !Given(i) ? missing : Bound[i] is IntValue n
        ? (int)BigInteger.Max(BigInteger.Min(n.Number, int.MaxValue), int.MinValue)
        : throw new TemplateException($"'{Bound[i]!.TypeName}' object cannot be interpreted as an integer");

    public bool FlagAt(int i, bool missing = false) => Bound[i]?.IsTrue ?? missing;
}

/// <summary>Builtins by name.</summary>
internal sealed class BuiltinTable
{
    readonly Dictionary<string, Builtin> _byName = [];

    /// <param name="names">One or several names, separated by spaces.</param>
    /// <param name="parameters">Parameter names, separated by spaces.</param>
    public BuiltinTable Add(string names, string parameters, Func<BuiltinCall, Value> body)
    {
        foreach (string name in names.Split(' ')) _byName.Add(name, new(name, parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries), body));
        return this;
    }

    public IReadOnlyCollection<string> Names => _byName.Keys;

    public Builtin? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A method bound to its object, or null.</summary>
    public Value? Bind(string name, Value self) => Find(name) is { } builtin
        ? new FunctionValue(name, (rendering, arguments) => builtin.Call(rendering, self, arguments), "builtin_function_or_method")
        : null;
}
