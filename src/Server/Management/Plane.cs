using System.Net;
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
