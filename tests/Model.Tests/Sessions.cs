using KernelDsl.Runtime.Model;

namespace KernelDsl.Model.Tests;

/// <summary>Drives a model as an engine does, in the smallest way: sequences with their own pages, batched steps, greedy continuation.</summary>
sealed class Sessions(IModel model)
{
    private readonly Stack<int> _free = new(Enumerable.Range(0, model.Limits.PageCount).Reverse());

    /// <summary>Gives the pages back and forgets what was computed: the next step computes it again.</summary>
    public void Preempt(Session session)
    {
        foreach (int page in session.Pages) _free.Push(page);
        session.Pages.Clear();
        session.Computed = 0;
    }

    /// <summary>Computes the next tokens of each session (at most so many), prefill first, and returns the logits of each one's last row.</summary>
    public Dictionary<Session, float[]> Step(params (Session Session, int Count)[] work)
    {
        var order = work.OrderBy(static w => w.Count == 1).ToArray();
        var tokens = new List<int>();
        var starts = new List<int> { 0 };
        foreach (var (session, count) in order)
        {
            tokens.AddRange(session.Tokens.GetRange(session.Computed, count));
            starts.Add(tokens.Count);
            session.Computed += count;
            while (session.Pages.Count * model.Limits.PageSize < session.Computed) session.Pages.Add(_free.Pop());
        }

        int width = order.Max(static w => w.Session.Pages.Count);
        var table = new int[order.Length * width];
        Array.Fill(table, -1);
        for (int i = 0; i < order.Length; i++) order[i].Session.Pages.CopyTo(table, i * width);

        var outputs = model.Step(new()
        {
            Tokens = tokens.ToArray(),
            Starts = starts.ToArray(),
            Lengths = order.Select(static w => w.Session.Computed).ToArray(),
            PageTable = table,
            PageTableWidth = width,
            LogitRows = starts.Skip(1).Select(static s => s - 1).ToArray(),
        });

        var logits = new Dictionary<Session, float[]>();
        for (int i = 0; i < order.Length; i++)
        {
            logits.Add(order[i].Session, outputs.Logits.Slice(i * model.Limits.VocabularySize, model.Limits.VocabularySize).ToArray());
            order[i].Session.ArgMax = outputs.ArgMax[i];
        }
        return logits;
    }

    /// <summary>Computes all tokens that a session has not computed, in chunks; the logits after the last.</summary>
    public float[] Prefill(Session session, int chunk = int.MaxValue)
    {
        float[] logits = [];
        while (session.Computed < session.Tokens.Count)
            logits = Step((session, Math.Min(session.Tokens.Count - session.Computed, Math.Min(chunk, model.Limits.MaxTokens))))[session];
        return logits;
    }

    /// <summary>Appends greedy tokens; the logits of every step.</summary>
    public List<float[]> Greedy(Session session, int count)
    {
        var logits = new List<float[]> { Prefill(session) };
        for (int i = 0; i < count; i++)
        {
            session.Tokens.Add(session.ArgMax);
            if (i < count - 1) logits.Add(Step((session, 1))[session]);
        }
        return logits;
    }
}

/// <summary>A sequence: its tokens, how many of them are in the cache, and where.</summary>
sealed class Session(params IEnumerable<int> prompt)
{
    public List<int> Tokens { get; } = [.. prompt];

    public List<int> Pages { get; } = [];

    public int Computed { get; set; }

    public int ArgMax { get; set; }
}
