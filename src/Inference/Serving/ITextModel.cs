using KernelDsl.Runtime.Engine;

namespace Kdsl.Serving;

/// <summary>A loaded model as text: what the HTTP routes and the terminal commands talk to.</summary>
interface ITextModel
{
    /// <summary>What clients call the model.</summary>
    string Name { get; }

    /// <summary>Generates token ids.</summary>
    IEngine Engine { get; }

    /// <summary>Sampling where a request is silent: the checkpoint's <c>generation_config.json</c>, or the keys of a GGUF file.</summary>
    SamplingOptions Sampling { get; }

    /// <summary>Ids that end an answer.</summary>
    IReadOnlyList<int> StopTokens { get; }

    /// <summary>The model may think before it answers, between <c>&lt;think&gt;</c> and <c>&lt;/think&gt;</c>.</summary>
    bool Thinks { get; }

    /// <summary>Compiled grammars over the model's tokens.</summary>
    ConstraintCache Constraints { get; }

    /// <summary>Token ids of a text in which special tokens are spelt out.</summary>
    int[] Encode(string text);

    /// <summary>The conversation as the model was trained to read it, up to where its answer starts.</summary>
    /// <exception cref="PromptException">The chat template refuses these messages, or the model has none.</exception>
    string Render(ChatPrompt chat);

    /// <summary>A decoder for one sequence; special tokens have no text.</summary>
    ITextDecoder NewDecoder();

    /// <summary>The bytes that one token stands for, not always whole UTF-8 characters.</summary>
    byte[] Bytes(int token);
}

/// <summary>Token ids of one sequence into text that never splits a character.</summary>
interface ITextDecoder
{
    /// <summary>The characters that this token completes, often none.</summary>
    string Append(int token);

    /// <summary>What an unfinished character at the end comes to.</summary>
    string Flush();
}

/// <summary>Messages that cannot be made into a prompt; the message says why.</summary>
sealed class PromptException(string message, Exception? inner = null) : Exception(message, inner);
