using System.Text;
using System.Text.Json;
using KernelDsl.Runtime.Model;
using KernelDsl.Runtime.Text.Loading;
using KernelDsl.Runtime.Text.Templates;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text;

/// <summary>
/// A checkpoint's chat templates with the variables that Hugging Face's apply_chat_template passes: messages, tools, documents,
/// add_generation_prompt and the special tokens. Thread-safe.
/// </summary>
public sealed class ChatTemplate
{
    readonly Dictionary<string, Template> _templates = [];
    readonly Dictionary<string, Value> _tokens = [];

    ChatTemplate() { }

    /// <summary>
    /// Reads chat_template.jinja, else chat_template of tokenizer_config.json: a text, or a list of named templates. Null when the folder has neither.
    /// </summary>
    /// <exception cref="TokenizerException">A file is malformed or a template does not parse.</exception>
    public static ChatTemplate? Load(ModelFiles files)
    {
        const string Config = "tokenizer_config.json", Jinja = "chat_template.jinja";
        ChatTemplate chat = new();
        if (files.Exists(Config)) chat.ReadConfig(files, Config);
        if (files.Exists(Jinja)) chat.Add("default", Encoding.UTF8.GetString(files.ReadAllBytes(Jinja)), files.PathOf(Jinja), "$");
        return chat._templates.Count > 0 ? chat : null;
    }

    /// <summary>The same for a model folder on disk.</summary>
    /// <exception cref="TokenizerException">A file is malformed or a template does not parse.</exception>
    public static ChatTemplate? Load(string folder) => Load(new FolderFiles(folder));

    /// <summary>A single template that is not in a file, with bos_token, eos_token and their like.</summary>
    public static ChatTemplate Parse(string source, IReadOnlyDictionary<string, string>? tokens = null)
    {
        ChatTemplate chat = new() { Thinks = Mentions(source) };
        chat._templates.Add("default", Template.Parse(source));
        foreach (var (name, text) in tokens ?? new Dictionary<string, string>()) chat._tokens.Add(name, text);
        return chat;
    }

    /// <summary>A template knows of thoughts between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>: the model reasons before it answers.</summary>
    public bool Thinks { get; private set; }

    /// <summary>Names of the templates: "default", and for some checkpoints "tool_use" or "rag".</summary>
    public IReadOnlyCollection<string> Names => _templates.Keys;

    /// <summary>The prompt of a conversation.</summary>
    /// <param name="messages">Dicts with role, content and what else the template reads; <see cref="Value.From"/> makes them of JSON.</param>
    /// <param name="tools">Function descriptions, or null. With tools, a template named tool_use is taken if there is one.</param>
    /// <param name="addGenerationPrompt">End with the start of the assistant's turn.</param>
    /// <param name="extra">Further variables, such as enable_thinking; they hide the standard ones.</param>
    /// <param name="now">What strftime_now reads; null: the local time.</param>
    /// <exception cref="TemplateException">The template refuses the conversation.</exception>
    public string Render(
        IReadOnlyList<Value> messages, IReadOnlyList<Value>? tools = null, bool addGenerationPrompt = true,
        IEnumerable<KeyValuePair<string, Value>>? extra = null, DateTime? now = null, TemplateLimits? limits = null)
    {
        Dictionary<string, Value> variables = new(_tokens)
        {
            ["messages"] = new ListValue(messages),
            ["tools"] = tools is null ? NoneValue.Instance : new ListValue(tools),
            ["documents"] = NoneValue.Instance,
            ["add_generation_prompt"] = addGenerationPrompt,
        };
        foreach (var (name, value) in extra ?? []) variables[name] = value;
        return Choose(tools is { Count: > 0 }).Render(variables, now, limits);
    }

    static bool Mentions(string source) => source.Contains("</think>", StringComparison.Ordinal);

    Template Choose(bool hasTools)
    {
        if (hasTools && _templates.TryGetValue("tool_use", out var forTools)) return forTools;
        if (_templates.TryGetValue("default", out var template)) return template;
        return _templates.Count == 1 ? _templates.Values.Single()
            : throw new TemplateException($"this model has no default chat template, only {string.Join(", ", Names)}");
    }

    void ReadConfig(ModelFiles files, string name)
    {
        using var document = TokenizerFiles.Parse(files, name);
        string file = files.PathOf(name);
        JsonField root = new(file, "$", document.RootElement);
        foreach (var (key, value) in root.Members())
            if (key.EndsWith("_token", StringComparison.Ordinal) && (value.Text ?? value["content"].Text) is { } text) _tokens[key] = text;
        if (root["additional_special_tokens"] is { IsAbsent: false } additional)
            _tokens["additional_special_tokens"] = new ListValue([.. additional.Items().Select(t => (Value)(t.Text ?? t["content"].RequiredText))]);

        var field = root["chat_template"];
        if (field.IsAbsent) return;
        if (field.Text is { } single) Add("default", single, file, field.Path);
        else if (field.Value?.ValueKind != JsonValueKind.Array) throw field.Wrong("a template, or an array of objects with name and template");
        else
            foreach (var item in field.Items()) Add(item["name"].RequiredText, item["template"].RequiredText, file, item.Path);
    }

    void Add(string name, string source, string file, string field)
    {
        try
        {
            _templates[name] = Template.Parse(source);
            Thinks |= Mentions(source);
        }
        catch (TemplateException e)
        {
            throw new TokenizerException(file, field, e.Message);
        }
    }
}
