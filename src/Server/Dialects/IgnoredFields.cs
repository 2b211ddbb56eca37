using Kdsl.Dialects.OpenAi;
using Kdsl.Http;

namespace Kdsl.Dialects;

/// <summary>Fields of a request that change nothing here are named in the header <c>X-Ignored-Params</c>; with <c>--strict</c> they are refused.</summary>
static class IgnoredFields
{
    /// <summary>The header.</summary>
    public const string Header = "X-Ignored-Params";

    /// <summary>The header that tells the bound of an answer which could not be as long as was asked for.</summary>
    public const string MaxTokensHeader = "X-Max-Tokens-Applied";

    static readonly IReadOnlyList<string> _parameters =
    [
        "max_new_tokens", "do_sample", "temperature", "top_k", "top_p", "repetition_penalty", "presence_penalty", "frequency_penalty", "seed", "stop", "truncate",
        "return_full_text", "details", "decoder_input_details", "priority", "timeout", "best_of", "grammar",
    ];

    /// <summary>Names the fields of an object that are not among the known ones, or among those without effect.</summary>
    /// <exception cref="ApiException">The server is strict and there is one.</exception>
    public static void Report(HttpContext context, JsonFields fields, IReadOnlyList<string> known, IReadOnlyList<string>? without = null)
    {
        var ignored = fields.Names.Where(name => !known.Contains(name) || without?.Contains(name) == true).Select(fields.Path).ToArray();
        if (ignored.Length == 0)
            return;
        if (context.RequestServices.GetService(typeof(ServerOptions)) is ServerOptions { Strict: true })
            throw ApiException.Unsupported(ignored[0], $"'{ignored[0]}' is not used by this route, and the server is strict (--strict): leave it out.");
        var before = context.Response.Headers[Header];
        // Names are the client's: nothing of them may end the header.
        string names = string.Join(", ", ignored.Take(32).Select(name => new string([.. name.Take(64).Select(c => c is > ' ' and < '\x7f' and not ',' ? c : '?')])));
        context.Response.Headers[Header] = before.Count == 0 ? names : $"{before}, {names}";
    }

    /// <summary>The same of <c>parameters</c> in the dialects of raw text.</summary>
    public static void ReportParameters(HttpContext context, JsonFields request)
    {
        if (request.Object("parameters") is { } parameters)
            Report(context, parameters, _parameters);
    }
}
