namespace KernelDsl.Runtime.Engine;

/// <summary>
/// One request's tokens and pages. Between steps 0 &lt;= <see cref="Computed"/> &lt; <see cref="Length"/> &lt;= <see cref="MaxLength"/>: at least the
/// last token is still to be computed, because its logits choose the next one.
/// </summary>
public sealed class Sequence
{
    readonly int[] _stops;
    int[] _tokens;
    int[] _pages = [];

    /// <param name="order">
    /// Place in the line: lower came first. An engine's are the ticks at which they came, and <see cref="GenerationRequest.PriorityWeight"/> for each level
    /// of priority.
    /// </param>
    /// <param name="contextLength">Most tokens; above the prompt's length.</param>
    /// <param name="seed">Used where the request names none.</param>
    public Sequence(GenerationRequest request, long order, int contextLength, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfZero(request.Prompt.Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(request.Prompt.Length, contextLength);
        Request = request;
        Order = order;
        PromptLength = Length = request.Prompt.Length;
        MaxLength = (int)Math.Min(contextLength, PromptLength + (long)(request.MaxTokens ?? contextLength));
        _stops = request.IgnoreStop && request.Constraint is null ? [] : [.. request.StopTokens];
        Sampling = new SamplingState(request.Sampling, request.Prompt.Span, seed, request.Constraint?.Start(), _stops);
        ToScore = request.PromptLogProbs ? PromptLength - 1 : 0;
        _tokens = new int[Math.Min(MaxLength, PromptLength + 64)];
        request.Prompt.Span.CopyTo(_tokens);
    }

    /// <summary>What was asked for.</summary>
    public GenerationRequest Request { get; }

    /// <summary>Place in the line.</summary>
    public long Order { get; }

    /// <summary>When it came, by the clock of the engine that gave it its place.</summary>
    internal TimeSpan Arrived => TimeSpan.FromTicks(Order) - (Request.Priority - 1) * GenerationRequest.PriorityWeight;

    /// <summary>Tokens of the prompt.</summary>
    public int PromptLength { get; }

    /// <summary>Tokens of prompt and output.</summary>
    public int Length { get; private set; }

    /// <summary>Where the output ends at the latest.</summary>
    public int MaxLength { get; }

    /// <summary>Guessed tokens that follow <see cref="Tokens"/> in this step; 0 between steps.</summary>
    public int Drafted { get; private set; }

    /// <summary>How the guesses are made; null: none are.</summary>
    internal Drafter? Drafter { get; set; }

    /// <summary>Leading tokens whose keys and values are in the cache.</summary>
    public int Computed { get; private set; }

    /// <summary>Tokens not yet in the cache; at least one.</summary>
    public int Pending => Length - Computed;

    /// <summary>Leading prompt positions whose logits have been reported.</summary>
    public int Scored { get; private set; }

    /// <summary>Prompt positions whose logits are to be reported; 0 unless asked for.</summary>
    public int ToScore { get; }

    /// <summary>What sampling remembers.</summary>
    public SamplingState Sampling { get; }

    /// <summary>It takes part in no step: its reader is behind.</summary>
    public bool Paused { get; set; }

    /// <summary>Tokens that it did not have to compute when it began, because their pages were known; null before it began.</summary>
    public int? CachedTokens { get; private set; }

    /// <summary>Where its pages are kept while it waits for others; changed by <see cref="SwapSpace"/> only.</summary>
    internal SavedPages? Saved { get; set; }

    /// <summary>Leading pages that are known to others, or were.</summary>
    internal int PublishedPages { get; private set; }

    /// <summary>The node of the last of them.</summary>
    internal long PrefixNode { get; private set; }

    /// <summary>Prompt and output.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, Length);

    /// <summary>Prompt, output and guesses.</summary>
    public ReadOnlySpan<int> TokensAndDraft => _tokens.AsSpan(0, Length + Drafted);

    /// <summary>Pages that hold the cache, in order of positions; changed by <see cref="PagePool"/> only.</summary>
    public ReadOnlySpan<int> Pages => _pages.AsSpan(0, PageCount);

    /// <summary>Length of <see cref="Pages"/>.</summary>
    public int PageCount { get; private set; }

    /// <summary>The next count tokens are now in the cache.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Pending);
        Computed += count;
        Scored = Math.Max(Scored, Math.Min(Computed, ToScore));
    }

    /// <summary>
    /// Makes room for guesses of the next tokens, to be filled in; 0 drops them. They are computed after the known ones; <see cref="Append"/> accepts
    /// them as long as they are what is generated. At least the token after them must fit.
    /// </summary>
    public Span<int> Draft(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Length + count, MaxLength - 1);
        if (Length + count > _tokens.Length)
            Grow(Length + count);
        Drafted = count;
        return _tokens.AsSpan(Length, count);
    }

    /// <summary>
    /// Adds a generated token, after all others have been computed; says whether and why it is the last. A token that was guessed has been
    /// computed already; one that was not makes the other guesses void, and what the cache holds of them is overwritten later.
    /// </summary>
    public FinishReason? Append(int id)
    {
        if (Pending != 0 || Length == MaxLength)
            throw new InvalidOperationException($"Sequence {Request.Id}: a token was appended with {Pending} pending, at length {Length} of {MaxLength}.");

        if (Length == _tokens.Length)
            Grow(Length + 1);
        var guessed = Drafted > 0 && _tokens[Length] == id;
        Drafted = guessed ? Drafted - 1 : 0;
        Computed += guessed ? 1 : 0;
        _tokens[Length++] = id;
        Sampling.Observe(id);
        if (_stops.Contains(id))
            return FinishReason.Stop;
        return Length == MaxLength ? FinishReason.Length : null;
    }

    void Grow(int least) => Array.Resize(ref _tokens, Math.Min(MaxLength, Math.Max(least, 2 * Length)));

    /// <summary>It begins to run, with so many tokens known; later beginnings, after a preemption, do not count.</summary>
    internal void Started(int known) => CachedTokens ??= known;

    /// <summary>The next page has this node.</summary>
    internal void Publish(long node) => (PrefixNode, PublishedPages) = (node, PublishedPages + 1);

    internal void AddPage(int page)
    {
        if (PageCount == _pages.Length)
            Array.Resize(ref _pages, Math.Max(4, 2 * PageCount));
        _pages[PageCount++] = page;
    }

    /// <summary>Forgets the cache: everything is to be computed again.</summary>
    internal void ClearPages()
    {
        PageCount = Computed = Drafted = PublishedPages = 0;
        PrefixNode = PrefixCache.Root;
    }
}
