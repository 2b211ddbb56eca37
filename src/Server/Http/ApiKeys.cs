using System.Security.Cryptography;
using System.Text;
using Kdsl.Dialects.OpenAi;
using Kdsl.Management;

namespace Kdsl.Http;

/// <summary>Who may call what: every route needs a key unless it is marked as public (<see cref="PublicRoute"/>: health, which tells nothing about requests, and the page). Routes for operators take their own keys, where there are some.</summary>
/// <param name="keys">Of clients; empty: everybody may call.</param>
/// <param name="operators">Of operators; empty: the clients' keys do.</param>
sealed class ApiKeys(IReadOnlyList<string> keys, IReadOnlyList<string> operators)
{
    readonly byte[][] _keys = Hash(keys), _operators = Hash(operators.Count > 0 ? operators : keys);

    /// <summary>Refuses a request without a right key.</summary>
    /// <exception cref="ApiException">401.</exception>
    public void Check(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<PublicRoute>() is not null || HttpMethods.IsOptions(context.Request.Method))
            return;
        var allowed = Plane.Of(endpoint) == PlaneKind.Business ? _keys : _operators;
        if (allowed.Length == 0 || (KeyOf(context.Request) is { } key && IsOneOf(key, allowed)))
            return;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new ApiException(StatusCodes.Status401Unauthorized, new ApiError(
            "This route needs an API key: send it as 'Authorization: Bearer KEY' or 'X-Api-Key: KEY'.", "authentication_error", null, "invalid_api_key"));
    }

    static string? KeyOf(HttpRequest request)
    {
        const string bearer = "Bearer ";
        string authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? authorization[bearer.Length..].Trim()
            : request.Headers.TryGetValue("X-Api-Key", out var key) ? key.ToString() : null;
    }

    /// <summary>In a time that tells nothing about the keys: hashes of one length are compared, all of them.</summary>
    static bool IsOneOf(string key, byte[][] allowed)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        bool found = false;
        foreach (byte[] one in allowed)
            found |= CryptographicOperations.FixedTimeEquals(hash, one);
        return found;
    }

    static byte[][] Hash(IReadOnlyList<string> keys) => [.. keys.Select(key => SHA256.HashData(Encoding.UTF8.GetBytes(key)))];
}
