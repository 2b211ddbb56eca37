using System.Diagnostics;
using Kdsl.Serving;
using KernelDsl.Runtime.Engine;

namespace Kdsl.Terminal;

/// <summary>Reads lines, answers them, until the input ends. On a terminal it prompts and tells its speed; from a pipe it prints answers alone.</summary>
/// <param name="terminal">A person is typing.</param>
sealed class Repl(Conversation conversation, TextReader input, TextWriter output, bool terminal, bool colours)
{
    const string Help = """
        /help           this text
        /system TEXT    sets what the model is told first, and starts anew (without TEXT: removes it)
        /reset          forgets the conversation
        /exit           leaves; so does Ctrl-D
        Ctrl-C          stops the answer
        """;

    CancellationTokenSource? _answer;

    /// <summary>Stops the answer that is being written; false when there is none.</summary>
    public bool Interrupt()
    {
        var answer = Volatile.Read(ref _answer);
        if (answer is null)
            return false;
        answer.Cancel();
        return true;
    }

    /// <summary>Runs until the input ends or /exit.</summary>
    public async Task RunAsync()
    {
        while (Prompt() && await input.ReadLineAsync() is { } line)
        {
            line = line.Trim();
            if (line is "/exit" or "/quit")
                return;
            if (line.StartsWith('/') && !Command(line))
                output.WriteLine($"Unknown command '{line}'; /help lists what there is.");
            else if (line.Length > 0 && line[0] != '/')
                await AnswerAsync(line);
        }
    }

    bool Prompt()
    {
        if (terminal)
            output.Write(colours ? "\e[1;32m>\e[0m " : "> ");
        output.Flush();
        return true;
    }

    bool Command(string line)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        switch (words[0])
        {
            case "/help":
                output.WriteLine(Help);
                return true;
            case "/reset":
                conversation.Reset();
                return true;
            case "/system":
                conversation.Reset(words.Length > 1 ? words[1] : null);
                return true;
            default:
                return false;
        }
    }

    async Task AnswerAsync(string line)
    {
        var answer = new CancellationTokenSource();
        Volatile.Write(ref _answer, answer);
        var printer = new AnswerPrinter(output, colours);
        long start = Stopwatch.GetTimestamp(), first = 0;
        int tokens = 0;
        try
        {
            await foreach (var delta in conversation.AskAsync(line, answer.Token))
            {
                if (tokens == 0)
                    first = Stopwatch.GetTimestamp();
                tokens = delta.Tokens;
                printer.Write(delta.Text);
            }
        }
        catch (OperationCanceledException)
        {
            printer.Write(" [stopped]");
        }
        catch (Exception e) when (e is PromptException or RequestException or GenerationException)
        {
            output.Write($"{e.Message} /reset starts anew.");
        }

        Volatile.Write(ref _answer, null);
        printer.End();
        if (terminal && tokens > 1)
            WriteSpeed(tokens, Stopwatch.GetElapsedTime(start, first), Stopwatch.GetElapsedTime(first));
    }

    void WriteSpeed(int tokens, TimeSpan untilFirst, TimeSpan rest)
    {
        string line = FormattableString.Invariant(
            $"{tokens} tokens, {(tokens - 1) / rest.TotalSeconds:0.0} per second, the first after {untilFirst.TotalMilliseconds:0} ms");
        output.WriteLine(colours ? $"\e[2m{line}\e[0m" : line);
    }
}
