using System.Net;

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
    /// <summary>All addresses, each once.</summary>
    public IEnumerable<IPEndPoint> Distinct => Addresses.Values.Distinct();

    /// <summary>Whether a plane is served where a connection came in. Port 0, chosen by the system, serves what it was given for.</summary>
    public bool Serves(IPAddress? local, int port, PlaneKind kind)
    {
        var address = Addresses[kind];
        if (Distinct.Count() == 1)
            return true;
        return address.Port == port && (local is null || address.Address.Equals(IPAddress.Any) || address.Address.Equals(IPAddress.IPv6Any)
            || address.Address.Equals(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local));
    }
}
