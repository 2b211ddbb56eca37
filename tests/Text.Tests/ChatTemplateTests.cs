using System.Text.Json;
using KernelDsl.Runtime.Text;
using KernelDsl.Runtime.Text.Templates.Values;
using Xunit.Abstractions;

namespace KernelDsl.Tests.Text;

public sealed class ChatTemplateTests(ITestOutputHelper output) : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("kdsl-chat").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    ChatTemplate? Load(string config, string? jinja = null)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer_config.json"), config);
        if (jinja is not null) File.WriteAllText(Path.Combine(_folder, "chat_template.jinja"), jinja);
        return ChatTemplate.Load(_folder);
    }

    static Value[] Messages(string json) => [.. JsonDocument.Parse(json).RootElement.EnumerateArray().Select(Value.From)];

    [Fact]
    public void Load_TemplateInConfig_SeesTokensAndVariables()
    {
        var chat = Load("""{"bos_token":{"content":"<s>"},"eos_token":"</s>","pad_token":null,"chat_template":"{{ bos_token }}{{ messages[0].content }}{{ eos_token }}{{ tools }}{{ add_generation_prompt }}{{ x }}{{ pad_token is defined }}"}""");
        Assert.Equal("<s>hi</s>NoneTrue1False", chat!.Render(Messages("""[{"content":"hi"}]"""), extra: [new("x", 1)]));
    }

    [Fact]
    public void Load_NamedTemplates_TakesToolUseOnlyWithTools()
    {
        var chat = Load("""{"chat_template":[{"name":"default","template":"d"},{"name":"tool_use","template":"t"}]}""")!;
        Assert.Equal(["default", "tool_use"], chat.Names.Order());
        Assert.Equal("d", chat.Render([]));
        Assert.Equal("t", chat.Render([], tools: [new DictValue()]));
    }

    [Fact]
    public void Load_JinjaFile_WinsOverConfig() => Assert.Equal("file", Load("""{"chat_template":"config"}""", "file")!.Render([]));

    [Fact]
    public void Load_NoTemplate_GivesNull() => Assert.Null(Load("{}"));

    [Theory]
    [InlineData("""{"chat_template":"a\n{% if %}"}""", "chat_template", "line 2")]
    [InlineData("""{"chat_template":5}""", "chat_template", "Number")]
    [InlineData("""{"chat_template":[{"name":"default"}]}""", "chat_template[0].template", "missing")]
    public void Load_BadTemplate_NamesFieldAndFault(string config, string field, string message)
    {
        var error = Assert.Throws<TokenizerException>(() => Load(config));
        Assert.Equal(field, error.Field);
        Assert.Contains(message, error.Message);
        Assert.EndsWith("tokenizer_config.json", error.File);
    }

    /// <summary>The conversations G1 and G2 of the service reference, section 6.3.</summary>
    [Fact]
    public void Render_QwQConversations_GivesTheGoldenPrompts()
    {
        if (SharedData.Find("data/qwen2-tokenizer", output) is not { } folder) return;
        var chat = ChatTemplate.Load(folder)!;
        Assert.Equal("<|im_start|>user\n请介绍一个北京的景点<|im_end|>\n<|im_start|>assistant\n<think>\n",
            chat.Render(Messages("""[{"role":"user","content":"请介绍一个北京的景点"}]""")));
        Assert.Equal("<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1<|im_end|>\n<|im_start|>assistant\nA1<|im_end|>\n<|im_start|>user\nU2<|im_end|>\n<|im_start|>assistant\n<think>\n",
            chat.Render(Messages("""[{"role":"system","content":"S"},{"role":"user","content":"U1"},{"role":"assistant","content":"<think>\nx\n</think>\n\nA1"},{"role":"user","content":"U2"}]""")));
    }

    [Fact]
    public void Render_DemoModelTemplate_EncodesItsMarkersAsSingleIds()
    {
        if (SharedData.Find("demo-model/model", output) is not { } folder) return;
        var tokenizer = Tokenizer.Load(folder);
        var ids = tokenizer.Encode(ChatTemplate.Load(folder)!.Render(Messages("""[{"role":"user","content":"Hi"}]""")));
        Assert.Equal(2, ids.Count(id => id == tokenizer.FindAddedToken("<|im_start|>")!.Id));
        Assert.Contains(tokenizer.FindAddedToken("<think>")!.Id, ids);
    }
}
