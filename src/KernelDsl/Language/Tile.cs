using System.Diagnostics;

namespace KernelDsl;

/// <summary>
/// A value of a kernel: rank 2, [rows, columns], with a row as [1, n] and a column as [m, 1]; axes of size 1 broadcast. E is the storage
/// type (bf16, Half, float, int); arithmetic on any of them is float and gives Tile&lt;float&gt;. Widening is implicit, narrowing happens at
/// a store or by <see cref="To{U}"/>. A ref struct, so that it cannot be boxed, captured or kept.
/// </summary>
/// <typeparam name="E">Element type.</typeparam>
[DebuggerDisplay("{Values}")]
public readonly ref struct Tile<E>
    where E : unmanaged
{
    private readonly ReferenceTile? _values;

    internal Tile(ReferenceTile values) => _values = values;

    internal ReferenceTile Values => _values ?? throw new KernelException("a tile is used before it is assigned");

    /// <summary>The transpose. Legal on an operand of Dot, a row or a column (KDSL0048).</summary>
    public Tile<E> T => new(Values.Transpose());

    /// <summary>Rounds to nearest even to another storage type.</summary>
    /// <typeparam name="U">The storage type.</typeparam>
    public Tile<U> To<U>()
        where U : unmanaged => new(Values.Map(static x => Element<U>.ToFloat(Element<U>.FromFloat(x))));

    /// <summary>Widens to float; exact (ints up to 2^24).</summary>
    public static implicit operator Tile<float>(Tile<E> tile) => new(tile.Values);

    /// <summary>The same value in every lane, [1, 1].</summary>
    public static implicit operator Tile<E>(float value) => new(ReferenceTile.Constant(value, TileAxis.One, TileAxis.One));

    /// <summary>Lane by lane.</summary>
    public static Tile<float> operator +(Tile<E> left, Tile<E> right) => Combine(left, right, static (a, b) => a + b);

    /// <summary>Lane by lane.</summary>
    public static Tile<float> operator -(Tile<E> left, Tile<E> right) => Combine(left, right, static (a, b) => a - b);

    /// <summary>Lane by lane.</summary>
    public static Tile<float> operator *(Tile<E> left, Tile<E> right) => Combine(left, right, static (a, b) => a * b);

    /// <summary>Lane by lane.</summary>
    public static Tile<float> operator /(Tile<E> left, Tile<E> right) => Combine(left, right, static (a, b) => a / b);

    /// <summary>To every lane.</summary>
    public static Tile<float> operator +(Tile<E> left, float right) => new(left.Values.Map(a => a + right));

    /// <summary>From every lane.</summary>
    public static Tile<float> operator -(Tile<E> left, float right) => new(left.Values.Map(a => a - right));

    /// <summary>Every lane.</summary>
    public static Tile<float> operator *(Tile<E> left, float right) => new(left.Values.Map(a => a * right));

    /// <summary>Every lane.</summary>
    public static Tile<float> operator /(Tile<E> left, float right) => new(left.Values.Map(a => a / right));

    /// <summary>To every lane.</summary>
    public static Tile<float> operator +(float left, Tile<E> right) => new(right.Values.Map(b => left + b));

    /// <summary>Every lane from a value.</summary>
    public static Tile<float> operator -(float left, Tile<E> right) => new(right.Values.Map(b => left - b));

    /// <summary>Every lane.</summary>
    public static Tile<float> operator *(float left, Tile<E> right) => new(right.Values.Map(b => left * b));

    /// <summary>A value by every lane.</summary>
    public static Tile<float> operator /(float left, Tile<E> right) => new(right.Values.Map(b => left / b));

    /// <summary>Every lane.</summary>
    public static Tile<float> operator -(Tile<E> tile) => new(tile.Values.Map(static a => -a));

    private static Tile<float> Combine(Tile<E> left, Tile<E> right, Func<float, float, float> function) =>
        new(ReferenceTile.Map(left.Values, right.Values, function));
}
