using System.Diagnostics;

namespace Kdsl.Bench.Serving.Output;

/// <summary>How far a run is: a bar that is drawn again in a terminal, a line for every tenth elsewhere.</summary>
/// <param name="output">stderr, so that results can be piped.</param>
/// <param name="terminal">The bar can be drawn over.</param>
/// <param name="total">Requests of the run.</param>
sealed class ProgressBar(TextWriter output, bool terminal, int total)
{
    const int Cells = 30;
    static readonly TimeSpan _redraw = TimeSpan.FromMilliseconds(200);

    readonly Lock _lock = new();
    readonly long _start = Stopwatch.GetTimestamp();
    int _done, _failed, _tenths;
    long _tokens, _drawn;
    bool _shown;

    /// <summary>Counts a request that has ended.</summary>
    public void Add(int tokens, bool failed)
    {
        lock (_lock)
        {
            _done++;
            _tokens += tokens;
            if (failed)
                _failed++;
            if (terminal && (_drawn == 0 || Stopwatch.GetElapsedTime(_drawn) >= _redraw || _done == total))
                Draw();
            else if (!terminal && _done * 10L / total > _tenths)
            {
                _tenths = (int)(_done * 10L / total);
                output.WriteLine(Line());
            }
        }
    }

    /// <summary>Writes a line without breaking the bar.</summary>
    public void Say(string line)
    {
        lock (_lock)
        {
            Erase();
            output.WriteLine(line);
        }
    }

    /// <summary>Leaves the line of the bar.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_shown)
                output.WriteLine();
            _shown = false;
        }
    }

    void Draw()
    {
        _drawn = Stopwatch.GetTimestamp();
        int full = (int)(_done * (long)Cells / total);
        output.Write($"\r\e[K[{new string('#', full)}{new string('.', Cells - full)}] {Line()}");
        output.Flush();
        _shown = true;
    }

    void Erase()
    {
        if (_shown)
            output.Write("\r\e[K");
        _shown = false;
    }

    string Line()
    {
        var elapsed = Stopwatch.GetElapsedTime(_start);
        var left = elapsed * ((double)(total - _done) / _done);
        return $"{_done}/{total} requests{(_failed > 0 ? $", {_failed} failed" : "")}, {_tokens / Math.Max(elapsed.TotalSeconds, 1e-3):f1} token/s, {Clock(elapsed)}, {Clock(left)} left";
    }

    static string Clock(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours}:{time:mm\\:ss}" : $"{time:mm\\:ss}";
}
