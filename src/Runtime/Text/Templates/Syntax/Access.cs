using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Attribute, item, iteration and call, with jinja2's fallbacks and messages.</summary>
internal static class Access
{
    public static Value Attribute(Value target, string name) => Check(target).Attribute(name) ?? target.ItemAt(name) ?? Missing(target, name);

    public static Value Item(Value target, Value key) =>
        Check(target).ItemAt(key) ?? (key is StringValue name ? target.Attribute(name.Text) : null) ?? Missing(target, key);

    public static IEnumerable<Value> Items(Value target) =>
        target.Items ?? throw new TemplateException($"'{target.TypeName}' object is not iterable");

    public static Value Call(Rendering rendering, Value target, Arguments arguments) => Check(target) switch
    {
        FunctionValue function => function.Call(rendering, arguments),
        LoopValue loop => loop.Call(arguments),
        _ => throw new TemplateException($"'{target.TypeName}' object is not callable"),
    };

    /// <summary>An attribute path such as <c>function.name</c> or an index, as filters take it.</summary>
    public static Value Path(Value target, Value path)
    {
        if (path is not StringValue dotted) return Item(target, path);
        foreach (string part in dotted.Text.Split('.'))
            target = Item(target, int.TryParse(part, out int index) && index >= 0 ? index : part);
        return target;
    }

    static Value Check(Value target) => target is UndefinedValue undefined ? throw undefined.Error() : target;

    static UndefinedValue Missing(Value target, Value key)
    {
        if (key is StringValue name) return new($"'{target.Description}' has no attribute '{name.Text}'");
        System.Text.StringBuilder repr = new();
        key.WriteRepr(repr);
        return new($"{target.Description} has no element {repr}");
    }
}
