using System.Diagnostics;
using System.Text;
using Kdsl.Bench.Serving.Clients;
using Kdsl.Bench.Serving.Judging;
using Kdsl.Bench.Serving.Load;
using KernelDsl.Runtime.Text;

namespace Kdsl.Bench.Serving.Statistics;

/// <summary>Traces into results: counts tokens, measures gaps, judges answers.</summary>
/// <param name="tokenizer">Counts tokens where the server does not.</param>
/// <param name="streams">The target answers token by token.</param>
/// <param name="rule">How answers are judged.</param>
/// <param name="forceReasoning">Whether answers hold a thought; null: see from each.</param>
/// <param name="keepText">Results keep the answers.</param>
/// <param name="keepTokens">Results keep the ids.</param>
sealed class TraceReader(Tokenizer tokenizer, bool streams, AnswerRule rule, bool? forceReasoning, bool keepText, bool keepTokens)
{
    /// <summary>Reads a trace that has ended and was not abandoned; takes its chunks.</summary>
    public RequestResult Read(RequestTrace trace)
    {
        var chunks = trace.TakeChunks();
        var (request, text, thought) = (trace.Request, Join(chunks, static c => c.Text), Join(chunks, static c => c.Thought));
        var (arrivals, tokens) = TokenChunks(chunks);
        double[] gaps = [.. arrivals.Skip(1).Select((arrival, i) => Ms(arrivals[i], arrival))];
        var server = chunks.Where(static c => c.Server is not null).Select(static c => c.Server!).ToArray();
        int total = Last(chunks, static c => c.TokensInAll) is > 0 and var all ? all : tokens.Sum();
        string? finish = chunks.Select(static c => c.Finish).LastOrDefault(static f => f is not null), failure = trace.Failure;
        if (failure is null && total == 0)
            failure = "the answer is empty";

        string answer = thought + text;
        long start = Stopwatch.GetTimestamp();
        var ids = failure is null ? tokenizer.Encode(answer) : [];
        long encoded = Stopwatch.GetTimestamp();
        if (failure is null)
            tokenizer.Decode(ids);
        double detokenizer = Ms(encoded, Stopwatch.GetTimestamp());

        bool truncated = finish is "length" || (finish is null or "" && total >= request.MaxTokens);
        var batches = PerToken(server.Select(static s => s.BatchSizes), tokens);
        return new RequestResult
        {
            Id = request.Item.Id,
            SentAt = Seconds(trace.Sent > 0 ? trace.Sent : trace.Due),
            EndedAt = Seconds(trace.Ended),
            Failure = failure,
            ClientWait = trace is { Arrives: true, Sent: > 0 } ? Math.Max(0, Ms(trace.Due, trace.Sent)) : 0,
            FirstToken = streams ? (arrivals.Count > 0 ? Ms(trace.Sent, arrivals[0]) : null) : server.Select(static s => s.FirstTokenMs).FirstOrDefault(static t => t is not null),
            LastToken = arrivals.Count > 0 ? Ms(trace.Sent, arrivals[^1]) : null,
            Gaps = streams ? gaps : [],
            Decode = streams ? [.. gaps.SelectMany((gap, i) => Enumerable.Repeat(gap / tokens[i + 1], tokens[i + 1]))] : [.. server.SelectMany(static s => s.DecodeMs)],
            InputTokens = request.Tokens.Count,
            ServerInputTokens = Last(chunks, static c => c.PromptTokens) is > 0 and var prompt ? prompt : null,
            GeneratedTokens = total,
            GeneratedCharacters = answer.EnumerateRunes().Count(),
            Tokenizer = request.TokenizerMs,
            Detokenizer = detokenizer,
            PrefillBatch = batches.Count > 0 ? batches[0] : null,
            DecodeBatches = [.. batches.Skip(1)],
            QueueWaits = [.. server.SelectMany(static s => s.QueueWaits)],
            Finish = finish,
            Truncated = truncated,
            Text = keepText ? answer : null,
            PromptIds = keepTokens ? request.Tokens : null,
            AnswerIds = keepTokens ? ids : null,
            Judgement = failure is null && rule != AnswerRule.None && request.Item.Answer is { } expected
                ? new Answer(text, thought, truncated, IsReasoning(request, text, thought)).Judge(rule, expected) : null,
        };
    }

    bool IsReasoning(BenchRequest request, string text, string thought) =>
        forceReasoning ?? (request.OpensThought || thought.Length > 0 || text.Contains(Terminal.Thoughts.Close, StringComparison.Ordinal));

    /// <summary>
    /// When each chunk with tokens arrived, and how many it brought: as the server says, else one each if that is all, else by the client's
    /// tokenizer. Where the stop token was the only one, it came with the chunk that ends the answer.
    /// </summary>
    (IReadOnlyList<long> Arrivals, IReadOnlyList<int> Tokens) TokenChunks(IReadOnlyList<Chunk> chunks)
    {
        var (arrivals, tokens, texts) = (new List<long>(), new List<int>(), new List<string>());
        int soFar = 0, all = Last(chunks, static c => c.TokensInAll);
        foreach (var chunk in chunks)
        {
            bool stopsAtOnce = chunk.Finish is not null && arrivals.Count == 0 && all > 0;
            if (!chunk.HasTokens && chunk.TokensSoFar <= soFar && !stopsAtOnce)
                continue;
            arrivals.Add(chunk.Arrived);
            tokens.Add(chunk.TokensSoFar > 0 ? Math.Max(1, chunk.TokensSoFar - soFar) : chunk.Tokens);
            texts.Add(chunk.Thought + chunk.Text);
            soFar = Math.Max(soFar, chunk.TokensSoFar);
        }

        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = tokens[i] > 0 ? tokens[i] : all == tokens.Count ? 1 : all > 0 && tokens.Count == 1 ? all : Math.Max(1, tokenizer.Encode(texts[i]).Count);
        return (arrivals, tokens);
    }

    /// <summary>A size for each token: reports give one for all tokens of their chunk, or one for each.</summary>
    static List<double> PerToken(IEnumerable<IReadOnlyList<double>> reports, IReadOnlyList<int> tokens)
    {
        var sizes = new List<double>();
        foreach (var (i, report) in reports.Index())
        {
            int count = i < tokens.Count ? tokens[i] : 1;
            // The first chunk's one report is the prefill's.
            sizes.AddRange(report.Count == 1 && i > 0 ? Enumerable.Repeat(report[0], count) : report);
        }

        return sizes;
    }

    static int Last(IReadOnlyList<Chunk> chunks, Func<Chunk, int> value) => chunks.Select(value).LastOrDefault(static v => v > 0);

    static string Join(IReadOnlyList<Chunk> chunks, Func<Chunk, string> part)
    {
        var text = new StringBuilder();
        foreach (var chunk in chunks)
            text.Append(part(chunk));
        return text.ToString();
    }

    static double Ms(long from, long to) => Stopwatch.GetElapsedTime(from, to).TotalMilliseconds;

    static double Seconds(long timestamp) => timestamp / (double)Stopwatch.Frequency;
}
