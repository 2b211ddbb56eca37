using System.Text;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar.Tokens;

namespace Kdsl.Tests;

/// <summary>A model whose tokens are the bytes of UTF-8, and one id that ends an answer: every split of a character and of a stop string can be scripted.</summary>
/// <param name="opening">What its prompts end with: a reasoning model's open the thought.</param>
sealed class ByteModel(IEngine engine, string opening = "") : ITextModel
{
    /// <summary>The id that ends an answer.</summary>
    public const int End = 256;

    public string Name => "org/bytes";

    public IEngine Engine => engine;

    public SamplingOptions Sampling { get; init; } = new() { Temperature = 0.6f, TopK = 20, TopP = 0.95f };

    public IReadOnlyList<int> StopTokens => [End];

    public bool Thinks { get; init; } = opening.Length > 0;

    public ConstraintCache Constraints { get; } = new(() => new TokenTrie([.. Enumerable.Range(0, End + 1).Select(id => id < End ? new[] { (byte)id } : [])]));

    public int[] Encode(string text) => Tokens(text);

    /// <summary>Role and content in brackets; tools first.</summary>
    public string Render(ChatPrompt chat) => chat.ContinuesLast ? Continuation.Cut(RenderWhole(chat, ""), chat.Messages[^1].Content)
        : RenderWhole(chat, chat.OpensAnswer ? "[assistant]" : "");

    string RenderWhole(ChatPrompt chat, string turn) =>
        string.Concat(chat.Tools?.Select(tool => $"[tool {tool.GetProperty("function").GetProperty("name").GetString()}]") ?? []) +
        string.Concat(chat.Messages.Select(Render)) + turn +
        string.Concat(chat.Variables?.Select(variable => $"[{variable.Key}={variable.Value}]") ?? []) + opening;

    static string Render(ChatMessage message) => message.Content == "refuse me" ? throw new PromptException("The template refuses this.")
        : $"[{message.Role} {message.Content}{(message.ToolCalls is { } calls ? " calls " + calls.GetRawText() : "")}]";

    public ITextDecoder NewDecoder() => new ByteDecoder();

    public byte[] Bytes(int token) => token < End ? [(byte)token] : [];

    /// <summary>A text as ids.</summary>
    public static int[] Tokens(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];

    /// <summary>A whole answer as ids.</summary>
    public static int[] Answer(string text) => [.. Tokens(text), End];

    sealed class ByteDecoder : ITextDecoder
    {
        readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public string Append(int token) => Decode(token < End ? [(byte)token] : [], flush: false);

        public string Flush() => Decode([], flush: true);

        string Decode(byte[] bytes, bool flush)
        {
            var characters = new char[8];
            return new string(characters, 0, _decoder.GetChars(bytes, characters, flush));
        }
    }
}
