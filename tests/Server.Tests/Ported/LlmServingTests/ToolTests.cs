using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Tests.Ported.LlmServingTests;

/// <summary>internal/eval/tools.go: single, parallel and required calls, a nested schema, long code in an argument.</summary>
public class ToolTests(ThinkingServer thinking) : IClassFixture<ThinkingServer>
{
    const string Catering = """
        {"type":"function","function":{"name":"create_catering_request","parameters":{"type":"object","properties":{
          "event":{"type":"object","properties":{"name":{"type":"string"},"event_type":{"type":"string","enum":["breakfast","lunch","dinner","reception","all_day"]},"date":{"type":"string"},
            "start_time":{"type":"string"},"duration_hours":{"type":"number"}},"required":["name","event_type","date"]},
          "venue":{"type":"object","properties":{"name":{"type":"string"},"address":{"type":"object","properties":{"street":{"type":"string"},"city":{"type":"string"},"state":{"type":"string"},
            "postal_code":{"type":"string"}},"required":["street","city","state"]},"contact":{"type":"object","properties":{"name":{"type":"string"},"phone":{"type":"string"},"email":{"type":"string"}}},
            "accessibility_requirements":{"type":"array","items":{"type":"string"}}},"required":["name","address"]},
          "guests":{"type":"array","items":{"type":"object","properties":{"name":{"type":"string"},"dietary_restrictions":{"type":"array","items":{"type":"string","enum":["vegetarian","vegan",
            "gluten_free","dairy_free","nut_allergy","shellfish_allergy","halal","kosher","none"]}},"meal_preference":{"type":"string","enum":["standard","light","hearty"]}},
            "required":["name","dietary_restrictions"]}},
          "budget":{"type":"object","properties":{"total_amount":{"type":"number"},"currency":{"type":"string"},"includes_gratuity":{"type":"boolean"}},"required":["total_amount"]},
          "notes":{"type":"string"}},"required":["event","venue","guests","budget"]}}}
        """;

    const string SaveCode = """
        {"type":"function","function":{"name":"save_code","parameters":{"type":"object","properties":{"language":{"type":"string"},"filename":{"type":"string"},"description":{"type":"string"},
          "code":{"type":"string"},"usage_example":{"type":"string"}},"required":["language","filename","description","code","usage_example"]}}}
        """;

    static string WeatherIn(string city) => Requests.Call("get_weather", $$"""{"location": "{{city}}"}""");

    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task SingleCall_IsReturned(bool stream)
    {
        thinking.Says("I should look.\n</think>\n\n" + WeatherIn("San Francisco, CA"));
        AssertWeather(Assert.Single((await ChatTurn.AskAsync(thinking.Http, Requests.Of("What's the weather in San Francisco?", Requests.Weather), stream)).Calls), "San Francisco, CA");
    }

    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task ParallelCalls_AreAllReturned(bool stream)
    {
        thinking.Says($"Both.\n</think>\n\n{WeatherIn("San Francisco, CA")}\n{WeatherIn("New York, NY")}");
        var request = Requests.Of("What's the weather in both San Francisco and New York?", Requests.Weather);
        request["parallel_tool_calls"] = true;
        var turn = await ChatTurn.AskAsync(thinking.Http, request, stream);
        Assert.Equal(2, turn.Calls.Count);
        AssertWeather(turn.Calls[0], "San Francisco, CA");
        AssertWeather(turn.Calls[1], "New York, NY");
        Assert.NotEqual(turn.Calls[0].Id, turn.Calls[1].Id);
    }

    /// <summary>required_tool_call and required_tool_call_with_reasoning: the form begins behind the thought, which stays free.</summary>
    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("They want weather, {not JSON}, so I call.\n", false)]
    [InlineData("They want weather, {not JSON}, so I call.\n", true)]
    public async Task RequiredCall_IsMade_AndDoesNotBindTheThought(string thought, bool stream)
    {
        thinking.Says(thought + "</think>\n\n" + WeatherIn("San Francisco, CA"));
        var request = Requests.Of("What's the weather in San Francisco?", Requests.Weather);
        request["tool_choice"] = "required";
        var turn = await ChatTurn.AskAsync(thinking.Http, request, stream);
        AssertWeather(Assert.Single(turn.Calls), "San Francisco, CA");
        Assert.Equal((thought, "tool_calls"), (turn.Reasoning, turn.Finish));
    }

    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task ComplexSchema_IsKeptThroughItsNesting(bool stream)
    {
        const string arguments = """
            {"event": {"name": "Team lunch", "event_type": "lunch", "date": "2025-01-24"}, "venue": {"name": "Riverside Conference Center", "address": {"street": "123 Main Street", "city": "Portland", "state": "Oregon", "postal_code": "97201"}, "contact": {"name": "Jamie Chen", "email": "jamie@riverside.com"}}, "guests": [{"name": "Alex Kim", "dietary_restrictions": ["vegetarian"], "meal_preference": "light"}, {"name": "Jordan Patel", "dietary_restrictions": ["nut_allergy"]}, {"name": "Sam Wilson", "dietary_restrictions": ["none"], "meal_preference": "hearty"}], "budget": {"total_amount": 450, "currency": "USD", "includes_gratuity": true}, "notes": "Boardroom style."}
            """;
        thinking.Says("A lot to fill in.</think>" + Requests.Call("create_catering_request", arguments.Trim()));
        var call = Assert.Single((await ChatTurn.AskAsync(thinking.Http, Requests.Of("I need to plan a corporate lunch for our team next Friday (2025-01-24).", Catering), stream)).Calls);
        Assert.Equal("create_catering_request", call.Name);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(arguments), JsonNode.Parse(call.Arguments)));
    }

    [Theory]
    [MemberData(nameof(Requests.Modes), MemberType = typeof(Requests))]
    public async Task LongCode_ArrivesAsItWasWritten(bool stream)
    {
        string code = "import threading\nimport time\n\n\nclass TokenBucket:\n    \"\"\"A bucket of tokens.\"\"\"\n\n    def __init__(self, capacity, refill_rate):\n        self._lock = threading.Lock()\n" +
            string.Concat(Enumerable.Range(0, 20).Select(i => $"        self.field_{i} = '\\t\\\\{i}'  # \"ünïcödé\" 🙂\n")) +
            "\n    def acquire(self, tokens=1):\n        return True\n\n    def wait_for_token(self, tokens=1):\n        while not self.acquire(tokens):\n            time.sleep(0.01)\n";
        var arguments = new JsonObject
        {
            ["language"] = "python", ["filename"] = "token_bucket.py", ["description"] = "A rate limiter.", ["code"] = code, ["usage_example"] = "bucket = TokenBucket(10, 1)\nbucket.acquire()",
        };
        thinking.Says("I will write it.</think>" + Requests.Call("save_code", arguments.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));
        var call = Assert.Single((await ChatTurn.AskAsync(thinking.Http, Requests.Of("Generate a Python implementation of a token bucket rate limiter.", SaveCode), stream)).Calls);
        Assert.Equal("save_code", call.Name);
        Assert.Equal(arguments.Select(field => (field.Key, field.Value!.GetValue<string>())), call.Parsed.EnumerateObject().Select(field => (field.Name, field.Value.GetString()!)));
        Assert.True(call.Parsed.GetProperty("code").GetString()!.Length > 500);
    }

    static void AssertWeather(SeenCall call, string location) => Assert.Equal(("get_weather", location), (call.Name, call.Parsed.GetProperty("location").GetString()));
}
