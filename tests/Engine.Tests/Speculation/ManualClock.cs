namespace EngineTests.Speculation;

/// <summary>A clock that the test moves. Read by the engine's thread while the model that moves it does not run.</summary>
sealed class ManualClock : TimeProvider
{
    long _now;

    /// <summary>Moved by each reading: with 1 tick every step takes the same time.</summary>
    public long Step { get; init; }

    public double Seconds => (double)_now / TimestampFrequency;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => _now += Step;

    public void Advance(double seconds) => _now += (long)(seconds * TimestampFrequency);
}
