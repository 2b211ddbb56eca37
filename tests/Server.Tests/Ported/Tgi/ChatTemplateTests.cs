using KernelDsl.Runtime.Text;
using KernelDsl.Runtime.Text.Templates;
using KernelDsl.Runtime.Text.Templates.Values;

namespace Kdsl.Tests.Ported.Tgi;

/// <summary>
/// TGI's router/src/infer/chat_template.rs by what each case is about. Its table of models' templates (test_many_chat_templates) is that of huggingface.js, which TemplateCaseTests renders
/// against jinja2's own results.
/// </summary>
public class ChatTemplateTests
{
    static readonly Value[] s_conversation =
        [Message("user", "Hi!"), Message("assistant", "Hello how can I help?"), Message("user", "What is Deep Learning?"), Message("assistant", "magic!")];

    static DictValue Message(string role, string content) => new() { ["role"] = role, ["content"] = content };

    static string Render(string source, IReadOnlyList<Value> messages, DateTime? now = null) =>
        ChatTemplate.Parse(source, new Dictionary<string, string> { ["bos_token"] = "[BOS]", ["eos_token"] = "[EOS]" }).Render(messages, now: now);

    /// <summary>Roles have their own heads, and the last turn may be followed by an open one.</summary>
    [Fact]
    public void Roles_AndAnOpenTurn() => Assert.Equal(
        "### User:\nHi!\n\n### Assistant:\nHello how can I help?### User:\nWhat is Deep Learning?\n\n### Assistant:\nmagic!### Assistant:\n",
        Render("""{% for m in messages %}{% if m['role'] == 'user' %}{{ '### User:\n' + m['content'] + '\n\n' }}{% else %}{{ '### Assistant:\n' + m['content'] }}{% endif %}{% if loop.last and add_generation_prompt %}{{ '### Assistant:\n' }}{% endif %}{% endfor %}""", s_conversation));

    /// <summary>A tool's answer is JSON where it can be, and names its call.</summary>
    [Fact]
    public void ToolsAnswer_NamesItsCall()
    {
        DictValue answer = new() { ["role"] = "tool", ["content"] = "6.7", ["tool_call_id"] = "0" };
        Assert.Equal("[BOS]user: Hi!\nTOOL CALL ID: 0 \"6.7\"\n", Render(
            """{{- bos_token }}{%- for m in messages %}{%- if m.role == 'tool' %}{{- 'TOOL CALL ID: ' + m.tool_call_id + ' ' }}{%- if m.content is mapping or m.content is iterable %}{{- m.content | tojson }}{%- else %}{{- m.content }}{%- endif %}{%- else %}{{- m.role + ': ' + m.content }}{%- endif %}{{- '\n' }}{%- endfor %}""",
            [Message("user", "Hi!"), answer]));
    }

    [Fact]
    public void Break_LeavesTheLoop() => Assert.Equal("Hi!;What is Deep Learning?;",
        Render("""{% set ns = namespace(users=0) %}{% for m in messages %}{% if m.role == 'user' %}{{ m.content + ';' }}{% set ns.users = ns.users + 1 %}{% if ns.users >= 2 %}{% break %}{% endif %}{% endif %}{% endfor %}""", s_conversation));

    const string Alternating = """{{ bos_token }}{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/...') }}{% endif %}{% if m['role'] == 'user' %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% else %}{{ m['content'] + eos_token }}{% endif %}{% endfor %}""";

    [Fact]
    public void RaiseException_RefusesTheConversation()
    {
        var error = Assert.Throws<TemplateException>(() => Render(Alternating, [Message("user", "Hi!"), .. s_conversation]));
        Assert.Equal("Conversation roles must alternate user/assistant/...", error.Reason);
    }

    [Fact]
    public void RaiseException_ThatIsNotReached_DoesNotHurt() => Assert.Equal(
        "[BOS][INST] Hi! [/INST]Hello how can I help?[EOS][INST] What is Deep Learning? [/INST]magic![EOS]", Render(Alternating, s_conversation));

    [Fact]
    public void StrftimeNow_IsTheDate() => Assert.Equal("[BOS]The current date is 2026-11-27.",
        Render("""{% set today = strftime_now("%Y-%m-%d") %}{{ bos_token + "The current date is " + today + "." }}""", s_conversation, new DateTime(2026, 11, 27)));

    [Theory]
    [InlineData(true, "<|im_start|>assistant\n")]
    [InlineData(false, "")]
    public void GenerationPrompt_IsTheRequests(bool open, string end)
    {
        var template = ChatTemplate.Parse("""{% for m in messages %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}""");
        Assert.Equal("<|im_start|>user\nHi!<|im_end|>\n" + end, template.Render([Message("user", "Hi!")], addGenerationPrompt: open));
    }

    /// <summary>Without a system message, with one, and with tools behind it: a template sees them where it looks.</summary>
    [Theory]
    [InlineData(false, "[SYS default]Hi!")]
    [InlineData(true, "[SYS be kind]Hi!")]
    public void SystemMessage_IsTakenApart(bool given, string expected) => Assert.Equal(expected, Render(
        """{% if messages[0].role == 'system' %}{% set system = messages[0].content %}{% set messages = messages[1:] %}{% else %}{% set system = 'default' %}{% endif %}{{ '[SYS ' + system + ']' }}{% for m in messages %}{{ m.content }}{% endfor %}""",
        given ? [Message("system", "be kind"), Message("user", "Hi!")] : [Message("user", "Hi!")]));
}
