using System.Reflection;

namespace Kdsl.Http;

/// <summary>The chat page at <c>/</c>: the files of wwwroot, which are in the binary.</summary>
static class ChatPage
{
    const string Prefix = "wwwroot/", Start = "index.html";

    static readonly IReadOnlyDictionary<string, string> _types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
    };

    /// <summary>Adds a route per file.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        var assembly = typeof(ChatPage).Assembly;
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            string file = resource[Prefix.Length..];
            byte[] content = Read(assembly, resource);
            string type = _types[Path.GetExtension(file)];
            routes.MapGet(file == Start ? "/" : $"/{file}", context =>
            {
                context.Response.ContentType = type;
                context.Response.Headers.CacheControl = "no-cache";
                // Nothing but this page's own files, and no foreign frame around it.
                context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src data:; style-src 'self'; frame-ancestors 'none'";
                return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
            }).WithMetadata(PublicRoute.Instance);
        }
    }

    static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}

/// <summary>Marks routes that need no key.</summary>
sealed class PublicRoute
{
    /// <summary>The mark.</summary>
    public static readonly PublicRoute Instance = new();
}
