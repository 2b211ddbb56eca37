using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kdsl.Observability;

/// <summary>
/// Traces and metrics over OTLP, when the environment names a collector (OTEL_EXPORTER_OTLP_ENDPOINT and its relatives, of the OpenTelemetry specification).
/// Spans of requests are ASP.NET's, which take a W3C traceparent in; below them are the engine's phases.
/// </summary>
sealed class Tracing : IDisposable
{
    /// <summary>Name of the source of the phases.</summary>
    public const string SourceName = "kdsl";

    const string RequestSource = "Microsoft.AspNetCore";

    readonly TracerProvider? _tracer;
    readonly MeterProvider? _meter;

    /// <summary>Starts the exporters, or nothing where no collector is named.</summary>
    public Tracing()
    {
        if (Variable("OTEL_EXPORTER_OTLP_ENDPOINT") is null && Variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") is null)
            return;
        var resource = ResourceBuilder.CreateDefault().AddService(Variable("OTEL_SERVICE_NAME") ?? "kdsl", serviceVersion: Versions.Product);
        _tracer = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(RequestSource, SourceName).AddOtlpExporter(Http).Build();
        _meter = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Telemetry.MeterName).AddOtlpExporter(Http).Build();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tracer?.Dispose();
        _meter?.Dispose();
    }

    // HTTP unless the environment says otherwise: it passes every proxy.
    static void Http(OtlpExporterOptions options)
    {
        if (Variable("OTEL_EXPORTER_OTLP_PROTOCOL") is null)
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
    }

    static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
