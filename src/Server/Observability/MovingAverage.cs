namespace Kdsl.Observability;

/// <summary>The mean of the last values, at most so many. Thread-safe.</summary>
sealed class MovingAverage(int window)
{
    readonly Lock _lock = new();
    readonly double[] _values = new double[window];
    long _count;
    double _sum;

    /// <summary>Adds a value, and forgets the oldest where there are too many.</summary>
    public void Add(double value)
    {
        lock (_lock)
        {
            int at = (int)(_count++ % _values.Length);
            _sum += value - _values[at];
            _values[at] = value;
        }
    }

    /// <summary>The mean; 0 of nothing.</summary>
    public double Mean
    {
        get
        {
            lock (_lock)
                return _count == 0 ? 0 : _sum / Math.Min(_count, _values.Length);
        }
    }
}
