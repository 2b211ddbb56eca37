using System.Text.Json.Nodes;

namespace Kdsl.Tests.Ported.LlmServingTests;

/// <summary>Requests and scripted answers of aldehir/llm-serving-tests. Every one of its evals runs blocking and streaming.</summary>
static class Requests
{
    /// <summary>Blocking, streaming.</summary>
    public static TheoryData<bool> Modes => [false, true];

    /// <summary>Its weather tool.</summary>
    public const string Weather = """
        {"type":"function","function":{"name":"get_weather","description":"Get the current weather for a location","parameters":{"type":"object","properties":{
          "location":{"type":"string","description":"The city and state, e.g. San Francisco, CA"}},"required":["location"]}}}
        """;

    /// <summary>A request of one user's message.</summary>
    public static JsonObject Of(string user, params string[] tools)
    {
        var request = new JsonObject { ["model"] = "org/bytes", ["messages"] = new JsonArray(Message("user", user)) };
        if (tools.Length > 0)
            (request["tools"], request["tool_choice"]) = (new JsonArray([.. tools.Select(tool => JsonNode.Parse(tool))]), "auto");
        return request;
    }

    /// <summary>A message.</summary>
    public static JsonObject Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    /// <summary>An assistant's turn as its client sends it back: thoughts under their own name, content only where there is some.</summary>
    public static JsonObject SentBack(ChatTurn turn)
    {
        var message = new JsonObject { ["role"] = "assistant", ["reasoning_content"] = turn.Reasoning };
        if (turn.Content.Length > 0)
            message["content"] = turn.Content;
        message["tool_calls"] = new JsonArray([.. turn.Calls.Select(call => new JsonObject
        {
            ["id"] = call.Id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments },
        })]);
        return message;
    }

    /// <summary>A tool's answer.</summary>
    public static JsonObject Result(SeenCall call, string content) => new() { ["role"] = "tool", ["tool_call_id"] = call.Id, ["content"] = content };

    /// <summary>What a model of the Hermes form writes to call a tool.</summary>
    public static string Call(string name, string arguments) => $"<tool_call>\n{{\"name\": \"{name}\", \"arguments\": {arguments}}}\n</tool_call>";
}
