namespace KernelDsl;

/// <summary>Consecutive blocks of one size; what <c>foreach</c> over <see cref="Tile.Blocks(int, int)"/> walks. All are one axis.</summary>
public readonly ref struct BlockRange
{
    private readonly int _from, _to, _size;

    internal BlockRange(int from, int to, int size)
    {
        if (size < 1) throw new KernelException($"KDSL0044: Blocks({from}, {to}, {size}): a block size is at least 1");
        (_from, _to, _size) = (from, to, size);
    }

    /// <summary>Starts the walk.</summary>
    public Enumerator GetEnumerator() => new(_from, _to, _size);

    /// <summary>Walks a <see cref="BlockRange"/>.</summary>
    public ref struct Enumerator
    {
        private readonly int _to, _size;
        private readonly AxisId _id;
        private int _start;

        internal Enumerator(int from, int to, int size)
        {
            (_to, _size, _start) = (to, size, from - size);
            _id = new AxisId($"Blocks({from}, {to}, {size})");
        }

        /// <summary>The block at hand.</summary>
        public readonly Block Current => new(_start, _size, Math.Min(_size, _to - _start), _id);

        /// <summary>Goes to the next block.</summary>
        public bool MoveNext() => (_start += _size) < _to;
    }
}
