using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kdsl.Management;

/// <summary>Who a route is for. By default all are served on one port; MindIE has one each.</summary>
enum PlaneKind
{
    /// <summary>Clients that generate.</summary>
    Business,

    /// <summary>Operators and orchestrators.</summary>
    Management,

    /// <summary>Prometheus.</summary>
    Metrics,
}

/// <summary>The plane of a route, as its metadata; routes without one are for clients.</summary>
sealed class Plane(PlaneKind kind)
{
    /// <summary>For operators.</summary>
    public static readonly Plane Management = new(PlaneKind.Management);

    /// <summary>For Prometheus.</summary>
    public static readonly Plane Metrics = new(PlaneKind.Metrics);

    /// <summary>Which.</summary>
    public PlaneKind Kind => kind;

    /// <summary>The plane of an endpoint.</summary>
    public static PlaneKind Of(Endpoint endpoint) => endpoint.Metadata.GetMetadata<Plane>()?.Kind ?? PlaneKind.Business;
}

/// <summary>Which planes each address serves. Two planes with the same address share it.</summary>
sealed record Planes(IReadOnlyDictionary<PlaneKind, IPEndPoint> Addresses)
{
    /// <summary>All addresses, each once, with what they serve.</summary>
    public IEnumerable<IGrouping<IPEndPoint, PlaneKind>> Listeners => Addresses.GroupBy(pair => pair.Value, pair => pair.Key);

    /// <summary>Which addresses cannot be listened on now, why, and what sets them. Empty: all can.</summary>
    public IReadOnlyList<string> Faults() => [.. Listeners.Select(FaultOf).OfType<string>()];

    static string? FaultOf(IGrouping<IPEndPoint, PlaneKind> planes)
    {
        try
        {
            using var probe = new Socket(planes.Key.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(planes.Key);
            return null;
        }
        catch (SocketException e)
        {
            return $"cannot listen on {planes.Key}: {e.Message.TrimEnd('.')}; choose another with {FlagsOf(planes.Min())}";
        }
    }

    static string FlagsOf(PlaneKind kind) => kind switch
    {
        PlaneKind.Management => "--management-host and --management-port",
        PlaneKind.Metrics => "--management-host and --metrics-port",
        _ => "--host and --port",
    };

    /// <summary>Marks the connections of a listener with its planes.</summary>
    public static void Mark(ListenOptions listener, IEnumerable<PlaneKind> kinds)
    {
        var served = kinds.ToHashSet();
        listener.Use(next => connection =>
        {
            connection.Items[typeof(Planes)] = served;
            return next(connection);
        });
    }

    /// <summary>A route of one plane is not there for connections to another.</summary>
    public static Task RefuseOthers(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is { } endpoint && context.Features.Get<IConnectionItemsFeature>()?.Items[typeof(Planes)] is HashSet<PlaneKind> served && !served.Contains(Plane.Of(endpoint)))
        {
            context.SetEndpoint(null);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(context);
    }
}
