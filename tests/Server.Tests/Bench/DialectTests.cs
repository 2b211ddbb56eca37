using System.Text.Json;
using Kdsl.Bench.Serving;
using Kdsl.Bench.Serving.Clients;
using Kdsl.Bench.Serving.Data;

namespace Kdsl.Tests.Bench;

/// <summary>Each dialect against the bytes that its servers send, cut anywhere: inside characters, lines and events.</summary>
public class DialectTests
{
    const string Triton =
        "data:{\"id\":\"1\",\"model_name\":\"m\",\"model_version\":null,\"text_output\":\"你\",\"details\":{\"generated_tokens\":1,\"first_token_cost\":null,\"decode_cost\":null,\"batch_size\":2,\"queue_wait_time\":5318},\"prefill_time\":28,\"decode_time\":null}\n\n" +
        "data:{\"id\":\"1\",\"model_name\":\"m\",\"model_version\":null,\"text_output\":\"好 😀\",\"details\":{\"generated_tokens\":4,\"first_token_cost\":null,\"decode_cost\":null,\"batch_size\":7,\"queue_wait_time\":46},\"prefill_time\":null,\"decode_time\":29}\n\n" +
        "data:{\"id\":\"1\",\"model_name\":\"m\",\"model_version\":null,\"text_output\":\"\",\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":5,\"first_token_cost\":null,\"decode_cost\":null,\"batch_size\":8,\"queue_wait_time\":57},\"prefill_time\":null,\"decode_time\":28}\n\n";

    const string Tgi =
        "data: {\"token\":{\"id\":[100644],\"text\":\"a\",\"logprob\":null,\"special\":null},\"generated_text\":null,\"details\":null}\n\n" +
        "data: {\"token\":{\"id\":[13,14],\"text\":\"é\\n\",\"logprob\":null,\"special\":null},\"generated_text\":\"aé\\n\",\"details\":null}\n\n";

    const string Tokens =
        "data: {\"prefill_time\":45.54,\"decode_time\":null,\"token\":{\"id\":[626],\"text\":\"am\"}}\n\n" +
        "data: {\"prefill_time\":null,\"decode_time\":12.1,\"token\":{\"id\":[627],\"text\":\"!\"},\"generated_text\":\"am!\",\"details\":{\"finish_reason\":\"length\",\"generated_tokens\":2,\"seed\":1}}\n\n";

    const string Chat =
        ": ping\n\n" +
        "data: {\"id\":\"chatcmpl-X\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":null},\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Okay\",\"reasoning\":\"Okay\"},\"finish_reason\":null}]}\r\n\r\n" +
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Let me look: 4\"},\"finish_reason\":null}]}\n\n" +
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n" +
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":30,\"completion_tokens\":9,\"total_tokens\":39}}\n\n" +
        "data: [DONE]\n\n";

    const string Completions =
        "data: {\"choices\":[{\"index\":0,\"text\":\"Hi\",\"logprobs\":null,\"finish_reason\":null}]}\n\n" +
        "data: {\"choices\":[{\"index\":0,\"text\":\" you\",\"logprobs\":null,\"finish_reason\":\"length\"}]}\n\n" +
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":2,\"total_tokens\":4}}\n\ndata: [DONE]\n\n";

    public static TheoryData<int> Pieces => [1, 2, 3, 7, 64, int.MaxValue];

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task MindIE_Stream_GivesTextTokensBatchesAndWaits(int piece)
    {
        await using var server = await FakeServer.StartAsync(("/v2/models/m/generate_stream", FakeServer.Reply(Triton, piece: piece)), ("/v2/health/ready", static _ => Task.CompletedTask));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.Client));
        Assert.Equal((null, "你好 😀", 5, 5 - 1, "eos_token", false), (result.Failure, result.Text, result.GeneratedTokens, result.GeneratedCharacters, result.Finish, result.Truncated));
        Assert.Equal(2, result.Gaps.Count);
        Assert.Equal(4, result.Decode.Count);
        Assert.Equal(result.Gaps[0] / 3, result.Decode[1]);
        Assert.Equal(2.0, result.PrefillBatch);
        Assert.Equal([7, 7, 7, 8], result.DecodeBatches);
        Assert.Equal([5318, 46, 57], result.QueueWaits);

        var body = Assert.Single(server.Asked).Body;
        Assert.Equal("Hello there", body.GetProperty("text_input").GetString());
        Assert.Equal("""{"details":true,"do_sample":false,"max_new_tokens":8}""", body.GetProperty("parameters").GetRawText());
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task Tgi_Stream_CountsIds(int piece)
    {
        await using var server = await FakeServer.StartAsync(("/generate_stream", FakeServer.Reply(Tgi, piece: piece)));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.Tgi));
        Assert.Equal((null, "aé\n", 3, ""), (result.Failure, result.Text, result.GeneratedTokens, result.Finish));
        Assert.Equal("Hello there", server.Asked[0].Body.GetProperty("inputs").GetString());
        Assert.True(server.Asked[0].Body.GetProperty("stream").GetBoolean());
    }

    [Fact]
    public async Task Tgi_ItsOwnForm_WithOneIdAndDetails()
    {
        await using var server = await FakeServer.StartAsync(("/generate_stream", FakeServer.Reply(
            "data:{\"index\":1,\"token\":{\"id\":13,\"text\":\"x\",\"logprob\":-0.1,\"special\":false},\"generated_text\":null,\"details\":null}\n\n" +
            "data:{\"index\":2,\"token\":{\"id\":2,\"text\":\"y\",\"logprob\":-0.1,\"special\":false},\"generated_text\":\"xy\",\"details\":{\"finish_reason\":\"length\",\"generated_tokens\":2,\"seed\":null}}\n\n")));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.Tgi));
        Assert.Equal((null, "xy", 2, "length", true), (result.Failure, result.Text, result.GeneratedTokens, result.Finish, result.Truncated));
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task MindIE_Tokens_GoAndComeAsIds(int piece)
    {
        await using var server = await FakeServer.StartAsync(("/infer_token", FakeServer.Reply(Tokens, piece: piece)));
        var options = Asking.Options(server.Url, TestType.Client) with { TaskKind = TaskKind.StreamToken, DatasetType = "tokenid" };
        var result = await Asking.AskAsync(options, new DataItem("0", "") { Tokens = [5, 6, 7] });
        Assert.Equal((null, "am!", 2, 3, "length"), (result.Failure, result.Text, result.GeneratedTokens, result.InputTokens, result.Finish));
        Assert.Equal("[5,6,7]", server.Asked[0].Body.GetProperty("input_id").GetRawText());
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task Vllm_OfMindIE_IsCutAtNul(int piece)
    {
        await using var server = await FakeServer.StartAsync(
            ("/generate", FakeServer.Reply("{\"text\":[\"Hé\"]}\0{\"text\":[\"llo\"]}\0", "application/json", piece)), ("/v2/health/ready", static _ => Task.CompletedTask));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.Vllm));
        Assert.Equal((null, "Héllo"), (result.Failure, result.Text));
        Assert.Single(result.Gaps);
        Assert.Equal("Hello there", server.Asked[0].Body.GetProperty("prompt").GetString());
        Assert.Equal(0, server.Asked[0].Body.GetProperty("temperature").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task Vllm_WithoutMindIE_IsAskedForCompletions(int piece)
    {
        await using var server = await FakeServer.StartAsync(("/v1/completions", FakeServer.Reply(Completions, piece: piece)));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.Vllm));
        Assert.Equal((null, "Hi you", 2, "length", 2), (result.Failure, result.Text, result.GeneratedTokens, result.Finish, result.ServerInputTokens));
        Assert.Equal(result.Gaps, result.Decode);
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public async Task OpenAi_Chat_PutsThoughtApartAndTrustsUsage(int piece)
    {
        await using var server = await FakeServer.StartAsync(("/v1/chat/completions", FakeServer.Reply(Chat, piece: piece)));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.OpenAi), new DataItem("0", "Two and two?") { Answer = "4" });
        Assert.Equal((null, "OkayLet me look: 4", 9, "stop", 30), (result.Failure, result.Text, result.GeneratedTokens, result.Finish, result.ServerInputTokens));
        Assert.Equal(Kdsl.Bench.Serving.Judging.Judgement.Correct, result.Judgement);
        var body = server.Asked[0].Body;
        Assert.Equal("""[{"role":"user","content":"Two and two?"}]""", body.GetProperty("messages").GetRawText());
        Assert.True(body.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
    }

    [Fact]
    public async Task StopToken_ThatIsTheOnlyOne_IsTimed()
    {
        await using var server = await FakeServer.StartAsync(("/v1/completions", FakeServer.Reply(
            "data: {\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1,\"total_tokens\":3}}\n\ndata: [DONE]\n\n")));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.OpenAi) with { Chat = false });
        Assert.Equal((null, 1, "stop", 0.0), (result.Failure, result.GeneratedTokens, result.Finish, result.ClientWait));
        Assert.True(result.FirstToken > 0);
        Assert.Equal(result.FirstToken, result.LastToken);
        Assert.Empty(result.Decode);
    }

    [Fact]
    public async Task OpenAi_Raw_ContinuesThePrompt_AndTakesIds()
    {
        await using var server = await FakeServer.StartAsync(("/v1/completions", FakeServer.Reply(Completions)));
        var raw = Asking.Options(server.Url, TestType.OpenAi) with { Chat = false };
        Assert.Null((await Asking.AskAsync(raw)).Failure);
        Assert.Null((await Asking.AskAsync(raw with { Tokenizer = false })).Failure);
        Assert.Equal("Hello there", server.Asked[0].Body.GetProperty("prompt").GetString());
        Assert.Equal(JsonValueKind.Number, server.Asked[1].Body.GetProperty("prompt")[0].ValueKind);
    }

    [Fact]
    public async Task Chat_OnARawRoute_IsRenderedByTheClient()
    {
        await using var server = await FakeServer.StartAsync(("/generate_stream", FakeServer.Reply(Tgi)));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.Tgi) with { Chat = true });
        string prompt = server.Asked[0].Body.GetProperty("inputs").GetString()!;
        Assert.Contains("<|im_start|>user\nHello there<|im_end|>\n<|im_start|>assistant\n<think>\n", prompt, StringComparison.Ordinal);
        Assert.Equal(result.PromptIds!.Count, result.InputTokens);
    }

    [Fact]
    public async Task Triton_Stream_NeedsNoEndMark()
    {
        await using var server = await FakeServer.StartAsync(("/v2/models/m/versions/2/generate_stream", FakeServer.Reply(
            "data: {\"model_name\":\"m\",\"model_version\":\"2\",\"text_output\":\"one\"}\n\ndata: {\"model_name\":\"m\",\"model_version\":\"2\",\"text_output\":\" two\"}\n\n")));
        var result = await Asking.AskAsync(Asking.Options(server.Url, TestType.Triton) with { ModelVersion = "2" });
        Assert.Equal((null, "one two"), (result.Failure, result.Text));
        Assert.Equal("""{"max_tokens":8,"stream":true,"temperature":0}""", server.Asked[0].Body.GetProperty("parameters").GetRawText());
    }

    [Fact]
    public async Task WholeReplies_HaveTheServersTimesOrNone()
    {
        await using var server = await FakeServer.StartAsync(
            ("/v2/models/m/generate", FakeServer.Reply("{\"id\":\"1\",\"model_name\":\"m\",\"text_output\":\"a b c\",\"details\":{\"finish_reason\":\"length\",\"generated_tokens\":3,\"batch_size\":[1,4,4],\"queue_wait_time\":[100,20,30],\"perf_stat\":[[5,40.5],[6,20],[7,21]]}}", "application/json")),
            ("/generate", FakeServer.Reply("{\"generated_text\":\"a b\",\"details\":{\"prompt_tokens\":9,\"finish_reason\":\"length\",\"generated_tokens\":2,\"seed\":1}}", "application/json")),
            ("/v1/chat/completions", FakeServer.Reply("{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"yes\",\"tool_calls\":[]},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":3,\"total_tokens\":12,\"batch_size\":[2,3,3],\"queue_wait_time\":[7,8,9]},\"prefill_time\":200,\"decode_time_arr\":[56,28]}", "application/json")));
        var mindIE = await Asking.AskAsync(Asking.Options(server.Url, TestType.Client) with { TaskKind = TaskKind.Text });
        Assert.Equal((null, "a b c", 3, 40.5, 1.0), (mindIE.Failure, mindIE.Text, mindIE.GeneratedTokens, mindIE.FirstToken, mindIE.PrefillBatch));
        Assert.Equal([20, 21], mindIE.Decode);
        Assert.Equal([4, 4], mindIE.DecodeBatches);
        var tgi = await Asking.AskAsync(Asking.Options(server.Url, TestType.Tgi) with { TaskKind = TaskKind.Text });
        Assert.Equal((null, "a b", 2, (double?)null, "length"), (tgi.Failure, tgi.Text, tgi.GeneratedTokens, tgi.FirstToken, tgi.Finish));
        Assert.Empty(tgi.Decode);
        var chat = await Asking.AskAsync(Asking.Options(server.Url, TestType.OpenAi) with { TaskKind = TaskKind.Text });
        Assert.Equal((null, "yes", 3, 200.0, 2.0), (chat.Failure, chat.Text, chat.GeneratedTokens, chat.FirstToken, chat.PrefillBatch));
        Assert.Equal([7, 8, 9], chat.QueueWaits);
    }

    [Fact]
    public async Task SamplingParams_WinOverTheFlags()
    {
        await using var server = await FakeServer.StartAsync(("/generate_stream", FakeServer.Reply(Tgi)));
        var sampling = new SamplingFields(true, JsonElement.Parse("""{"temperature":0.6,"max_new_tokens":5}"""));
        await Asking.AskAsync(Asking.Options(server.Url, TestType.Tgi) with { Sampling = sampling });
        Assert.Equal("""{"details":true,"do_sample":true,"max_new_tokens":5,"temperature":0.6}""", server.Asked[0].Body.GetProperty("parameters").GetRawText());
    }

    [Fact]
    public async Task MindIE_ThatIsNotReady_IsNotAsked()
    {
        await using var server = await FakeServer.StartAsync(("/v2/health/ready", FakeServer.Refuse(503, """{"message":"Service is alive but busy. Consider reducing request frequency"}""")));
        var refusal = await Assert.ThrowsAsync<UsageException>(() => Asking.AskAsync(Asking.Options(server.Url, TestType.Client)));
        Assert.Contains("answers 503: Service is alive but busy", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }
}
