using Kdsl.Serving.Answers;

namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/tool_parsers/test_format_conformance.py: the bytes that the Hermes family documents. The other families' forms are not read here.</summary>
public class FormatConformanceTests
{
    [Fact]
    public void Hermes_DocumentedBytes_AreExtracted()
    {
        const string raw = "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"SF\"}}\n</tool_call>";
        Assert.Equal("get_weather({\"city\": \"SF\"})", Parsed.Calls(Parsed.Read([raw], ReasoningMode.None, tools: true)));
    }
}
