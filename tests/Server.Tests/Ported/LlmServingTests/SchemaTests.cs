using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kdsl.Tests.Ported.LlmServingTests;

/// <summary>internal/eval/schema.go: json_schema. The model would rather add a property, or give an age as text.</summary>
public class SchemaTests(ThinkingServer thinking) : IClassFixture<ThinkingServer>
{
    const string Format = """
        {"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"occupation":{"type":"string"}},
          "required":["name","age","occupation"],"additionalProperties":false}}}
        """;

    [Theory]
    [InlineData("""{"name": "Ada", "age": 36, "occupation": "analyst"}""", false)]
    [InlineData("""{"name": "Ada", "age": 36, "occupation": "analyst"}""", true)]
    [InlineData("""{"name": "Ada", "age": "36", "occupation": "analyst", "hobby": "engines"}""", false)]
    [InlineData("""{"name": "Ada", "age": "36", "occupation": "analyst", "hobby": "engines"}""", true)]
    public async Task Answer_HasTheSchemasTypes_AndNoOtherProperties(string says, bool stream)
    {
        thinking.Says("A person, {then}.</think>" + says);
        var request = Requests.Of("Generate a fictional person with a name, age, and occupation.");
        (request["response_format"], request["max_tokens"]) = (JsonNode.Parse(Format), 300);
        var turn = await ChatTurn.AskAsync(thinking.Http, request, stream);
        Assert.Equal(("A person, {then}.", "stop"), (turn.Reasoning, turn.Finish));
        var person = JsonDocument.Parse(turn.Content).RootElement;
        Assert.Equal(["name", "age", "occupation"], person.EnumerateObject().Select(field => field.Name));
        Assert.Equal(JsonValueKind.String, person.GetProperty("occupation").ValueKind);
        Assert.True(person.GetProperty("age").TryGetInt32(out _));
    }
}
