using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>Methods of list, tuple and dict that do not change them.</summary>
internal static class CollectionMethods
{
    public static readonly BuiltinTable Sequences = new BuiltinTable()
        .Add("count", "value", c => c.Items.Count(v => v.Equals(c[0])))
        .Add("index", "value", c => ((SequenceValue)c.Self).Values.ToList().IndexOf(c[0]!) is var at and >= 0 ? at : throw new TemplateException("value is not in list"))
        .Add("copy", "", c => c.Self);

    public static readonly BuiltinTable Dicts = new BuiltinTable()
        .Add("get", "key default?", c => ((DictValue)c.Self).Find(c[0]!) ?? c[1] ?? NoneValue.Instance)
        .Add("items", "", c => new ViewValue("dict_items", [.. ((DictValue)c.Self).Select(m => new TupleValue(m.Key, m.Value))]))
        .Add("keys", "", c => new ViewValue("dict_keys", [.. ((DictValue)c.Self).Select(m => m.Key)]))
        .Add("values", "", c => new ViewValue("dict_values", [.. ((DictValue)c.Self).Select(m => m.Value)]))
        .Add("copy", "", c => c.Self);
}
