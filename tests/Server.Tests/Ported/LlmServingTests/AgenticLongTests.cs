using System.Text.Json.Nodes;

namespace Kdsl.Tests.Ported.LlmServingTests;

/// <summary>internal/eval/agentic_long.go: agentic_incident_investigation, a conversation of several rounds of calls that ends with a report.</summary>
public class AgenticLongTests(LongThinkingServer thinking) : IClassFixture<LongThinkingServer>
{
    static readonly string[] s_tools = [.. ((string[])["search_logs", "get_service_status", "query_metrics", "list_recent_deployments", "get_config"]).Select(name =>
        $$$$"""{"type":"function","function":{"name":"{{{{name}}}}","parameters":{"type":"object","properties":{"service":{"type":"string"},"metric":{"type":"string"},"limit":{"type":"integer"}},"required":["service"]}}}""")];

    /// <summary>What the model does in each round, told from how many results it has seen.</summary>
    static readonly string[] s_rounds =
    [
        "Logs and status first.\n</think>\n\nI look at the logs." + Requests.Call("search_logs", """{"service": "checkout-service"}""") + "\n" + Requests.Call("get_service_status", """{"service": "checkout-service"}"""),
        "",
        "The error rate.</think>" + Requests.Call("query_metrics", """{"service": "checkout-service", "metric": "error_rate"}"""),
        "What was deployed?</think>" + Requests.Call("list_recent_deployments", """{"service": "checkout-service", "limit": 3}"""),
        "The flag.</think>" + Requests.Call("get_config", """{"service": "checkout-service"}"""),
        "Clear.</think>Root cause: deployment v2.14.0 switched the feature flag use_payment_v2 on, so checkout sends payments to a processor that refuses connections; the error rate went from 0.1 % to " +
            "15 %. Fix: roll back, or switch the flag off. Timeline: 14:30 deployment, 14:32 first errors.",
    ];

    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task Investigation_OverManyRounds_EndsWithAReport(bool stream)
    {
        thinking.Says(prompt => s_rounds[prompt.Split("[tool result of ").Length - 1]);
        var request = Requests.Of("URGENT: The checkout-service is returning HTTP 500 errors in production.", s_tools);
        var messages = (JsonArray)request["messages"]!;
        messages.Insert(0, Requests.Message("system", "You are an experienced Site Reliability Engineer (SRE) investigating a production incident."));
        var asked = new List<string>();
        ChatTurn turn;
        int rounds = 0;
        while ((turn = await ChatTurn.AskAsync(thinking.Http, request, stream)).Calls.Count > 0)
        {
            Assert.True(++rounds < 25);
            messages.Add(Requests.SentBack(turn));
            foreach (var call in turn.Calls)
            {
                asked.Add(call.Name);
                messages.Add(Requests.Result(call, $"result of {call.Name}"));
            }
        }

        Assert.Equal(["search_logs", "get_service_status", "query_metrics", "list_recent_deployments", "get_config"], asked);
        Assert.True(rounds >= 3);
        Assert.True(turn.Content.Length >= 200);
        Assert.All((string[])["payment", "deploy", "feature", "error", "checkout"], word => Assert.Contains(word, turn.Content, StringComparison.OrdinalIgnoreCase));
        // Every thought went back to the model.
        Assert.Contains("(The error rate.)", thinking.Prompt, StringComparison.Ordinal);
    }
}
