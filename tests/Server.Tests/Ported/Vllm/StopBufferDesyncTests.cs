namespace Kdsl.Tests.Ported.Vllm;

/// <summary>vLLM's tests/reasoning/test_stop_buffer_desync.py (its bug 51641): text that is held back for a stop string must not leak the end of the thought into the content.</summary>
public class StopBufferDesyncTests(ThinkingServer server) : IClassFixture<ThinkingServer>
{
    [Theory]
    [InlineData("</stop>")]
    [InlineData("</think>!")]
    [InlineData("</think> Hellos")]
    public async Task Mark_HeldBackForAStopString_DoesNotLeak(string stop)
    {
        var events = await server.Says("I have a plan</think> Hello").ChatStreamAsync($"\"stop\":[\"{stop}\"]");
        Assert.Equal(("I have a plan", " Hello"), (events.Joined("reasoning"), events.Joined("content")));
    }
}
