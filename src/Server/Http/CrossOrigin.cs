namespace Kdsl.Http;

/// <summary>
/// Lets pages of other origins read what this server answers to their browser (CORS): those of the listed origins, and no others.
/// Credentials are never allowed: keys travel in headers that a page has to know, not in cookies that a browser adds by itself.
/// </summary>
/// <param name="origins">
/// Such as <c>https://chat.example.com</c>; <see cref="Localhost"/>: pages of this machine, whatever their port; <see cref="Any"/>: all.
/// </param>
sealed class CrossOrigin(IReadOnlyList<string> origins)
{
    /// <summary>Stands for every page of this machine.</summary>
    public const string Localhost = "localhost";

    /// <summary>Stands for every page.</summary>
    public const string Any = "*";

    // The star of the standard leaves Authorization out.
    const string Methods = "GET, POST, OPTIONS", Headers = "Authorization, *";

    /// <summary>Exposed to the page: what the body does not tell.</summary>
    static readonly string _exposed = string.Join(", ", "X-Request-Id", "Retry-After", Dialects.IgnoredFields.Header, Dialects.IgnoredFields.MaxTokensHeader, Dialects.PromptLimit.Header);

    /// <summary>A middleware before everything that answers; a browser's question before a request (preflight) is answered here.</summary>
    public Task Run(HttpContext context, RequestDelegate next)
    {
        var (request, headers) = (context.Request, context.Response.Headers);
        if (origins.Count == 0 || request.Headers.Origin.ToString() is not { Length: > 0 } origin)
            return next(context);

        headers.Append("Vary", "Origin");
        if (Allows(origin))
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = _exposed;
        }

        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count == 0)
            return next(context);
        headers.AccessControlAllowMethods = Methods;
        headers.AccessControlAllowHeaders = Headers;
        context.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    bool Allows(string origin) => origins.Any(one =>
        one == Any || one.Equals(origin, StringComparison.OrdinalIgnoreCase) || (one == Localhost && IsLocal(origin)));

    static bool IsLocal(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.IsLoopback;
}
