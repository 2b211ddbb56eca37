using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Kdsl.Observability;

/// <summary>
/// Collects a <see cref="Telemetry"/>'s instruments and writes them in the Prometheus text format, 0.0.4. Own code, because the names are given: neither
/// OpenTelemetry's exporter nor prometheus-net lets a name have the colon of <c>vllm:</c> and <c>llamacpp:</c>. Thread-safe.
/// </summary>
sealed class PrometheusExposition : IDisposable
{
    /// <summary>Content type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    readonly Lock _lock = new();
    readonly MeterListener _listener = new();
    readonly string _model;
    readonly List<(Exposure Exposure, Dictionary<string, Series> Series)> _exposures = [.. Exposures.All.Select(e => (e, new Dictionary<string, Series>()))];
    readonly ILookup<string, (Exposure Exposure, Dictionary<string, Series> Series)> _bySource;
    readonly Dictionary<string, string> _help = [];

    /// <summary>Listens from now on.</summary>
    /// <param name="model">Value of the label model_name.</param>
    public PrometheusExposition(Telemetry telemetry, string model)
    {
        _model = Escape(model);
        _bySource = _exposures.ToLookup(e => e.Exposure.Source);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter, telemetry.Meter))
                return;
            _help[instrument.Name] = instrument.Description ?? "";
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The text as it is now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach (var (exposure, series) in _exposures)
            {
                text.Append(CultureInfo.InvariantCulture, $"# HELP {exposure.Name} {_help.GetValueOrDefault(exposure.Source)}\n");
                text.Append(CultureInfo.InvariantCulture, $"# TYPE {exposure.Name} {exposure.Kind.ToString().ToLowerInvariant()}\n");
                if (series.Count == 0 && exposure.Label is null)
                    series[""] = new Series(exposure);
                foreach (var (labels, one) in series)
                    one.Write(text, $"model_name=\"{_model}\"{labels}");
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string? reason = null;
        foreach (var tag in tags)
            reason = tag.Key == Telemetry.Reason ? tag.Value as string : reason;
        lock (_lock)
        {
            foreach (var (exposure, series) in _bySource[instrument.Name])
            {
                string labels = exposure.Label is null || reason is null ? "" : $",{exposure.Label}=\"{Escape(reason)}\"";
                if (!series.TryGetValue(labels, out var one))
                    series[labels] = one = new Series(exposure);
                one.Take(value, adds: !instrument.IsObservable);
            }
        }
    }

    static string Escape(string value) => value.Replace("\\", @"\\").Replace("\"", "\\\"").Replace("\n", "\\n");

    /// <summary>One line, or the lines of one histogram.</summary>
    sealed class Series(Exposure exposure)
    {
        readonly long[] _counts = new long[(exposure.Buckets?.Length ?? -1) + 1];
        double _sum;
        long _count;

        public void Take(double value, bool adds)
        {
            if (exposure.Buckets is { } bounds)
            {
                int bucket = Array.BinarySearch(bounds, value);
                _counts[bucket < 0 ? ~bucket : bucket]++;
                _count++;
                _sum += value;
            }
            else
                _sum = adds ? _sum + value : value;
        }

        public void Write(StringBuilder text, string labels)
        {
            if (exposure.Buckets is not { } bounds)
            {
                text.Append(CultureInfo.InvariantCulture, $"{exposure.Name}{{{labels}}} {_sum:R}\n");
                return;
            }

            long sum = 0;
            for (int i = 0; i < bounds.Length; i++)
                text.Append(CultureInfo.InvariantCulture, $"{exposure.Name}_bucket{{{labels},le=\"{bounds[i]:R}\"}} {sum += _counts[i]}\n");
            text.Append(CultureInfo.InvariantCulture, $"{exposure.Name}_bucket{{{labels},le=\"+Inf\"}} {_count}\n");
            text.Append(CultureInfo.InvariantCulture, $"{exposure.Name}_sum{{{labels}}} {_sum:R}\n{exposure.Name}_count{{{labels}}} {_count}\n");
        }
    }
}
