using Xunit.Abstractions;

namespace Kdsl.Tests.Ported.LlamaCpp;

/// <summary>The cases of llama.cpp's tools/server/tests/unit/test_template.py, and those of tests/test-chat.cpp about prompts.</summary>
public class TemplateTests(TemplateModels models, ITestOutputHelper output) : IClassFixture<TemplateModels>
{
    const string Today = """ "messages":[{"role":"user","content":"What is today?"}] """;

    const string Tool = """{"type":"function","function":{"name":"test","description":"","parameters":{"type":"object","properties":{"success":{"type":"boolean","const":true}},"required":["success"]}}}""";

    static readonly string[] s_tools = ["null", "[]", $"[{Tool}]"];

    /// <summary>
    /// A template that opens a thought whatever it is told gets it closed by a budget of nothing, where llama.cpp's copies of the templates close it. Those of QwQ and of
    /// DeepSeek's distillations are their makers' own here.
    /// </summary>
    [Theory]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "true", "<think>\n", null)]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "null", "<think>\n", null)]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "false", "<think>\n", 0)]
    [InlineData("Qwen-Qwen3-0.6B", "null", "<|im_start|>assistant\n", null)]
    [InlineData("Qwen-Qwen3-0.6B", "false", "<|im_start|>assistant\n<think>\n\n</think>\n\n", 0)]
    [InlineData("Qwen-QwQ-32B.official", "null", "<|im_start|>assistant\n<think>\n", null)]
    [InlineData("Qwen-QwQ-32B.official", "false", "<|im_start|>assistant\n<think>\n", 0)]
    public void Reasoning_OnOrOff_IsInThePromptOrTheBudget(string template, string enable, string end, int? budget)
    {
        if (models.Find(template, output) is not { } model)
            return;
        foreach (string tools in s_tools)
        {
            string json = $$"""{{{Today}},"tools":{{tools}},"enable_thinking":{{enable}}}""";
            Assert.EndsWith(end, TemplateModels.Apply(model, json), StringComparison.Ordinal);
            Assert.Equal(budget, TemplateModels.Read(model, json).Thinking.Budget);
        }
    }

    /// <summary>llama.cpp tells every template the date; as with Hugging Face, it is a variable of the request here.</summary>
    [Theory]
    [InlineData("meta-llama-Llama-3.3-70B-Instruct", "date_string")]
    [InlineData("fireworks-ai-llama-3-firefunction-v2", "datetime")]
    public void Date_OfTheRequest_IsInThePrompt(string template, string variable)
    {
        if (models.Find(template, output) is not { } model)
            return;
        foreach (string tools in s_tools)
            Assert.Contains("27 Nov 2026", TemplateModels.Apply(model, $$"""{{{Today}},"tools":{{tools}},"chat_template_kwargs":{"{{variable}}":"27 Nov 2026","functions":"none","bos_token":""} }"""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GenerationPrompt_IsThereIfItIsAskedFor(bool asked)
    {
        const string start = "<|start_header_id|>assistant<|end_header_id|>";
        if (models.Find("meta-llama-Llama-3.3-70B-Instruct", output) is { } model)
            Assert.Equal(asked, TemplateModels.Apply(model, $$"""{{{Today}},"add_generation_prompt":{{(asked ? "true" : "false")}}}""").Contains(start, StringComparison.Ordinal));
    }

    /// <summary>test-chat.cpp's test_template_generation_prompt for the templates of this family; the thought of a continued turn is written as the model would. With a tool, since Hermes's render nothing without.</summary>
    [Theory]
    [InlineData("Qwen-QwQ-32B.official", "Hello, ", "<|im_start|>assistant\nHello, ")]
    [InlineData("Qwen-QwQ-32B.official", "<think>\\nI'm", "<|im_start|>assistant\n<think>\nI'm")]
    [InlineData("Qwen-QwQ-32B.official", "<think>\\nI'm thinking\\n</think>\\n\\nHello, ", "<|im_start|>assistant\n<think>\nI'm thinking\n</think>\n\nHello, ")]
    [InlineData("NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use", "Hello, ", "<|im_start|>assistant\nHello, ")]
    [InlineData("NousResearch-Hermes-3-Llama-3.1-8B-tool_use", "Hello, ", "<|im_start|>assistant\nHello, ")]
    [InlineData("Qwen-Qwen2.5-7B-Instruct", "Hello, ", "<|im_start|>assistant\nHello, ")]
    [InlineData("ibm-granite-granite-4.0", "Hello, ", "<|start_of_role|>assistant<|end_of_role|>Hello, ")]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "Hello, ", "<｜Assistant｜>Hello, ")]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Llama-8B", "<think>\\nI'm", "<｜Assistant｜><think>\nI'm")]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "<think>\\nI'm", "<｜Assistant｜><think>\nI'm")]
    [InlineData("deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", "Hello, ", "<｜Assistant｜>Hello, ")]
    public void Turn_ThatIsContinued_EndsThePrompt(string template, string content, string end)
    {
        if (models.Find(template, output) is { } model)
            Assert.EndsWith(end, TemplateModels.Apply(model, $$"""
                {"messages":[{"role":"system","content":"You are a helpful assistant."},{"role":"user","content":"Hey there!"},{"role":"assistant","content":"{{content}}"}],"tools":[{{Tool}}],"continue_final_message":true}
                """), StringComparison.Ordinal);
    }

    /// <summary>test-chat.cpp's test_developer_role_to_system_workaround.</summary>
    [Fact]
    public void Developer_IsTheSystem()
    {
        if (models.Find("Qwen-Qwen2.5-7B-Instruct", output) is { } model)
            Assert.Equal("<|im_start|>system\nYou are a helpful developer assistant.<|im_end|>\n",
                TemplateModels.Apply(model, """{"messages":[{"role":"developer","content":"You are a helpful developer assistant."}],"add_generation_prompt":false}"""));
    }
}
