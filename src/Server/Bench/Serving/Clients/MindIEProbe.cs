using System.Net;
using System.Text;
using System.Text.Json;

namespace Kdsl.Bench.Serving.Clients;

/// <summary>What MindIE's management plane says before a run.</summary>
/// <param name="IsThere">There is one: the server is MindIE, or one with its routes.</param>
/// <param name="Refusal">Why requests would be in vain; null: it is ready.</param>
readonly record struct MindIEProbe(bool IsThere, string? Refusal)
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks <c>/v2/health/ready</c> of --ManagementHttp.</summary>
    public static async Task<MindIEProbe> AskAsync(HttpClient http, Uri management, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_patience);
        try
        {
            using var response = await http.GetAsync(new Uri(management, "/v2/health/ready"), limit.Token);
            if (response.StatusCode is not (HttpStatusCode.InternalServerError or HttpStatusCode.ServiceUnavailable))
                return new(response.IsSuccessStatusCode, null);
            string text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(limit.Token));
            return new(true, $"{management.GetLeftPart(UriPartial.Authority)}/v2/health/ready answers {(int)response.StatusCode}: {Message(text)}");
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return new(false, null);
        }
    }

    static string Message(string text)
    {
        try
        {
            var json = JsonElement.Parse(text);
            return Json.OneLine(json.Get("message").Text() ?? json.Error() ?? text);
        }
        catch (JsonException)
        {
            return Json.OneLine(text);
        }
    }
}
