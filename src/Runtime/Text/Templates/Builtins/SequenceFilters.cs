using KernelDsl.Runtime.Text.Templates.Syntax;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Builtins;

/// <summary>Filters over lists, dicts and generators.</summary>
internal static class SequenceFilters
{
    public static BuiltinTable AddTo(BuiltinTable table) => table
        .Add("batch", "linecount fill_with?", c => new GeneratorValue(Batch(c)))
        .Add("dictsort", "case_sensitive? by? reverse?", DictSort)
        .Add("first", "", c => c.Items.FirstOrDefault() ?? new UndefinedValue("No first item, sequence was empty."))
        .Add("groupby", "attribute default? case_sensitive?", GroupBy)
        .Add("join", "d? attribute?", c => Join(c))
        .Add("last", "", c => c.Self is GeneratorValue ? throw new TemplateException("'generator' object is not reversible")
            : c.Items.LastOrDefault() ?? new UndefinedValue("No last item, sequence was empty."))
        .Add("length count", "", c => c.Self.Length ?? throw new TemplateException($"object of type '{c.Self.TypeName}' has no len()"))
        .Add("list", "", c => new ListValue([.. c.Items]))
        .Add("map", "*", c => new GeneratorValue(Map(c)))
        .Add("max", "case_sensitive? attribute?", c => Extreme(c, 1))
        .Add("min", "case_sensitive? attribute?", c => Extreme(c, -1))
        .Add("reject", "*", c => new GeneratorValue(Select(c, wanted: false)))
        .Add("rejectattr", "*", c => new GeneratorValue(SelectAttribute(c, wanted: false)))
        .Add("reverse", "", c => c.Self is StringValue s ? CodePoints.Slice(s.Text, null, null, -1) : new GeneratorValue(c.Items.Reverse(), "list_reverseiterator"))
        .Add("select", "*", c => new GeneratorValue(Select(c, wanted: true)))
        .Add("selectattr", "*", c => new GeneratorValue(SelectAttribute(c, wanted: true)))
        .Add("slice", "slices fill_with?", c => new GeneratorValue(Slices(c)))
        .Add("sort", "reverse? case_sensitive? attribute?", c => new ListValue([.. Sort(c.Items, v => Paths(v, c[2], c.FlagAt(1)), c.FlagAt(0))]))
        .Add("sum", "attribute? start?", c => c.Items.Aggregate(c[1] ?? 0, (sum, v) => Operators.Apply("+", sum, c.Given(0) ? Access.Path(v, c[0]!) : v)))
        .Add("unique", "case_sensitive? attribute?", c => new GeneratorValue(c.Items.DistinctBy(v => Key(v, c[1], c.FlagAt(0)))));

    /// <summary>What an item is compared by: the attribute, if one is named, and without case unless asked for.</summary>
    static Value Key(Value item, Value? attribute, bool caseSensitive)
    {
        var key = attribute is null or NoneValue ? item : Access.Path(item, attribute);
        return !caseSensitive && key is StringValue s ? s.Text.ToLowerInvariant() : key;
    }

    /// <summary>Sort keys of one or several attributes (<c>"a,b"</c>), compared like a tuple: equal ones are passed over before any is ordered.</summary>
    static TupleValue Paths(Value item, Value? attribute, bool caseSensitive) => attribute is StringValue s
        ? new([.. s.Text.Split(',').Select(a => Key(item, a, caseSensitive))])
        : new(Key(item, attribute, caseSensitive));

    static IEnumerable<Value> Sort(IEnumerable<Value> items, Func<Value, Value> key, bool reverse)
    {
        var order = Comparer<Value>.Create((a, b) => Operators.Order("<", a, b));
        try
        {
            Value[] sorted = [.. reverse ? items.OrderByDescending(key, order) : items.OrderBy(key, order)];
            return sorted;
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException reason)
        {
            throw reason;
        }
    }

    static ListValue DictSort(BuiltinCall c)
    {
        if (c.Self is not DictValue dict) throw new TemplateException($"'{c.Self.TypeName}' object has no attribute 'items'");
        int by = c.TextAt(1, "key") switch { "key" => 0, "value" => 1, _ => throw new TemplateException("You can only sort by either \"key\" or \"value\"") };
        bool caseSensitive = c.FlagAt(0);
        return new([.. Sort(dict.Select(m => new TupleValue(m.Key, m.Value)), p => Key(((TupleValue)p).Values[by], null, caseSensitive), c.FlagAt(2))]);
    }

    static ListValue GroupBy(BuiltinCall c)
    {
        var (attribute, fallback, caseSensitive) = (c[0]!, c[1], c.FlagAt(2));
        Value Group(Value item) => Access.Path(item, attribute) is var value && value is UndefinedValue && fallback is not null ? fallback : value;
        var sorted = Sort(c.Items, v => Key(Group(v), null, caseSensitive), reverse: false);
        return new([.. sorted.GroupBy(v => Key(Group(v), null, caseSensitive))
            .Select(g => new TupleValue(caseSensitive ? g.Key : Group(g.First()), new ListValue([.. g])))]);
    }

    static string Join(BuiltinCall c)
    {
        System.Text.StringBuilder text = new();
        string separator = "";
        foreach (var item in c.Items)
        {
            Rendering.Write(text, separator);
            Rendering.Write(text, (c.Given(1) ? Access.Path(item, c[1]!) : item).ToString());
            separator = c.TextAt(0);
        }
        return text.ToString();
    }

    static IEnumerable<Value> Batch(BuiltinCall c)
    {
        foreach (var chunk in c.Items.Chunk(Math.Max(1, c.IntAt(0, 1))))
            yield return new ListValue([.. chunk, .. c[1] is { } fill and not NoneValue ? Enumerable.Repeat(fill, TemplateLimits.Check(c.IntAt(0, 1)) - chunk.Length) : []]);
    }

    static IEnumerable<Value> Slices(BuiltinCall c)
    {
        Value[] items = [.. c.Items];
        int count = TemplateLimits.Check(Math.Max(1, c.IntAt(0, 1))), each = items.Length / count, longer = items.Length % count;
        for (int i = 0, at = 0; i < count; i++)
        {
            int size = each + (i < longer ? 1 : 0);
            Value[] part = items[at..(at + size)];
            at += size;
            yield return new ListValue(c[1] is { } fill and not NoneValue && i >= longer && longer > 0 ? [.. part, fill] : part);
        }
    }

    static IEnumerable<Value> Map(BuiltinCall c)
    {
        if (!c.Self.IsTrue) yield break;
        if (c.Arguments.Named.TryGetValue("attribute", out var attribute))
        {
            var fallback = c.Arguments.Named.GetValueOrDefault("default");
            foreach (var item in c.Items)
            {
                var value = Access.Path(item, attribute);
                yield return value is UndefinedValue && fallback is not null ? fallback : value;
            }
            yield break;
        }
        var (name, rest) = Named(c.Arguments.Positional, c.Arguments, "map requires a filter argument");
        var filter = Filters.Table.Find(name) ?? throw new TemplateException($"No filter named '{name}'.");
        foreach (var item in c.Items) yield return filter.Call(c.Rendering, item, rest);
    }

    static IEnumerable<Value> Select(BuiltinCall c, bool wanted) => Select(c, c.Arguments.Positional, v => v, wanted);

    static IEnumerable<Value> SelectAttribute(BuiltinCall c, bool wanted)
    {
        if (c.Arguments.Positional.Count == 0) throw new TemplateException("Missing parameter for attribute name");
        var path = c.Arguments.Positional[0];
        return Select(c, [.. c.Arguments.Positional.Skip(1)], v => Access.Path(v, path), wanted);
    }

    static IEnumerable<Value> Select(BuiltinCall c, IReadOnlyList<Value> positional, Func<Value, Value> key, bool wanted)
    {
        // As in jinja2, whatever is false in itself is passed over without being iterated.
        if (!c.Self.IsTrue) return [];
        if (positional.Count == 0) return c.Items.Where(v => key(v).IsTrue == wanted);
        var (name, rest) = Named(positional, c.Arguments, "");
        var test = Tests.Table.Find(name) ?? throw new TemplateException($"No test named '{name}'.");
        return c.Items.Where(v => test.Call(c.Rendering, key(v), rest).IsTrue == wanted);
    }

    /// <summary>The name of a filter or test, and the arguments for it.</summary>
    static (string Name, Arguments Arguments) Named(IReadOnlyList<Value> positional, Arguments all, string missing) => positional.Count == 0
        ? throw new TemplateException(missing)
        : (positional[0].ToString(), new([.. positional.Skip(1)], all.Named));

    static Value Extreme(BuiltinCall c, int sign)
    {
        Value? best = null;
        foreach (var item in c.Items)
            if (best is null || Operators.Order(sign > 0 ? ">" : "<", Key(item, c[1], c.FlagAt(0)), Key(best, c[1], c.FlagAt(0))) * sign > 0) best = item;
        return best ?? new UndefinedValue("No aggregated item, sequence was empty.");
    }
}
