namespace KernelDsl.Runtime.Model;

/// <summary>Passes metadata values and checks them on the way; nothing is kept but where they lie.</summary>
static class GgufValueWalk
{
    // An array of arrays costs a level of the stack; real files have none.
    private const int Deepest = 4;

    /// <summary>The value at the cursor, which then stands behind it.</summary>
    /// <exception cref="GgufException">An unknown type, a length that the file cannot hold, text that is not UTF-8, a truth value that is neither 0 nor 1.</exception>
    public static GgufValue Pass(GgufCursor cursor)
    {
        var type = Type(cursor, "the value's type");
        if (type != GgufValueType.Array)
        {
            long at = cursor.Position;
            PassElements(cursor, type, 1, 0);
            return new(type, type, 1, at);
        }
        var (element, count) = ArrayHead(cursor);
        var value = new GgufValue(type, element, count, cursor.Position);
        PassElements(cursor, element, count, 0);
        return value;
    }

    private static (GgufValueType Element, long Count) ArrayHead(GgufCursor cursor)
    {
        var element = Type(cursor, "the array's element type");
        return (element, cursor.Count("the array's length", element.Size()));
    }

    private static void PassElements(GgufCursor cursor, GgufValueType type, long count, int depth)
    {
        if (depth > Deepest) throw cursor.Fault(GgufFault.ValueType, $"arrays lie more than {Deepest} deep in each other");
        if (type == GgufValueType.Bool) PassBools(cursor, count);
        else if (type.IsFixed())
        {
            // A single value has not been counted yet.
            if (count == 1) cursor.Take(type.Size(), "the value");
            else cursor.Skip(count * type.Size());
        }
        else
            for (long i = 0; i < count; i++)
            {
                if (type == GgufValueType.String) cursor.Utf8("a string");
                else
                {
                    var (element, inner) = ArrayHead(cursor);
                    PassElements(cursor, element, inner, depth + 1);
                }
            }
    }

    private static void PassBools(GgufCursor cursor, long count)
    {
        for (long i = 0; i < count; i++)
            if (cursor.Take(1, "the value")[0] is > 1 and var other)
                throw cursor.Fault(GgufFault.Value, $"a truth value is {other}; it must be 0 or 1");
    }

    private static GgufValueType Type(GgufCursor cursor, string what)
    {
        uint type = cursor.UInt32(what);
        return type < GgufValueTypes.Count ? (GgufValueType)type
            : throw cursor.Fault(GgufFault.ValueType, $"{what} is {type}; the format has types 0 to {GgufValueTypes.Count - 1}");
    }
}
