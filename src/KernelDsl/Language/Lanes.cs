namespace KernelDsl;

/// <summary>
/// The indices of a block, one per row or column of a tile; an int is the same index in every lane. They can be shifted and compared, and
/// nothing else: a mask stays an affine condition that every target turns into loop bounds (docs/language.md).
/// </summary>
public readonly struct Lanes : IEquatable<Lanes>
{
    internal Lanes(LaneDirection direction, int start, TileAxis axis) => (Direction, Start, Axis) = (direction, start, axis);

    internal LaneDirection Direction { get; }

    internal int Start { get; }

    internal TileAxis Axis { get; }

    internal TileAxis Rows => Direction == LaneDirection.Rows ? Axis : TileAxis.One;

    internal TileAxis Cols => Direction == LaneDirection.Cols ? Axis : TileAxis.One;

    internal int At(int row, int col) => Start + (Direction switch { LaneDirection.Rows => row, LaneDirection.Cols => col, _ => 0 });

    /// <summary>One index for all lanes.</summary>
    public static implicit operator Lanes(int index) => new(LaneDirection.None, index, TileAxis.One);

    /// <summary>Shifts every index.</summary>
    public static Lanes operator +(Lanes lanes, int shift) => new(lanes.Direction, lanes.Start + shift, lanes.Axis);

    /// <summary>Shifts every index back.</summary>
    public static Lanes operator -(Lanes lanes, int shift) => lanes + -shift;

    /// <summary>Lane by lane.</summary>
    public static Mask operator <(Lanes left, Lanes right) => new(left, right, static (a, b) => a < b);

    /// <summary>Lane by lane.</summary>
    public static Mask operator <=(Lanes left, Lanes right) => new(left, right, static (a, b) => a <= b);

    /// <summary>Lane by lane.</summary>
    public static Mask operator >(Lanes left, Lanes right) => new(left, right, static (a, b) => a > b);

    /// <summary>Lane by lane.</summary>
    public static Mask operator >=(Lanes left, Lanes right) => new(left, right, static (a, b) => a >= b);

    /// <summary>Lane by lane.</summary>
    public static Mask operator ==(Lanes left, Lanes right) => new(left, right, static (a, b) => a == b);

    /// <summary>Lane by lane.</summary>
    public static Mask operator !=(Lanes left, Lanes right) => new(left, right, static (a, b) => a != b);

    /// <summary>Whether both denote the same indices (the operators compare lane by lane instead).</summary>
    public bool Equals(Lanes other) => (Direction, Start, Axis) == (other.Direction, other.Start, other.Axis);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Lanes other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Direction, Start, Axis);
}

/// <summary>A condition per lane, made by comparing <see cref="Lanes"/>; the first argument of <c>Where</c>.</summary>
public readonly struct Mask
{
    private readonly Lanes _left, _right;
    private readonly Func<int, int, bool> _holds;

    internal Mask(Lanes left, Lanes right, Func<int, int, bool> holds) => (_left, _right, _holds) = (left, right, holds);

    internal TileAxis Rows => TileAxis.Join(_left.Rows, _right.Rows, "rows of a mask");

    internal TileAxis Cols => TileAxis.Join(_left.Cols, _right.Cols, "columns of a mask");

    internal bool At(int row, int col) => _holds(_left.At(row, col), _right.At(row, col));
}

internal enum LaneDirection : byte
{
    None,
    Rows,
    Cols,
}
