namespace KernelDsl.Runtime.Engine;

/// <summary>
/// What steps take, learned from the steps themselves: a step that gives each of its sequences one token, per size of batch (<see cref="SizeBuckets"/>), and
/// what a token of a prompt adds. Both follow the machine and the lengths of the sequences, because the last steps count most. One thread.
/// </summary>
public sealed class StepTimes
{
    const double Smoothing = 0.2;

    // A time above this multiple of the estimate is cut: a pause of the machine is no property of the step.
    const double Outlier = 2;

    // The first steps of a size are slowed by what happens once, code and memory used for the first time: the fastest of them counts.
    const int FirstSteps = 4;

    // Time that more work cannot take; the rest is noise.
    const double Noise = 0.9;

    // Prompts go on, however short the gap is meant to be.
    const int LeastChunk = 16;

    // Before anything is known: a share of the largest step.
    const int UnknownShare = 16;

    readonly double[] _decode;
    readonly int[] _steps;
    readonly int _maxTokens;
    double _perPromptToken, _promptTokens;

    /// <param name="maxSequences">Most sequences of a step.</param>
    /// <param name="maxTokens">Most tokens of a step.</param>
    public StepTimes(int maxSequences, int maxTokens)
    {
        _decode = new double[SizeBuckets.Of(maxSequences) + 1];
        _steps = new int[_decode.Length];
        _maxTokens = maxTokens;
    }

    /// <summary>Seconds of a step that decodes so many sequences; 0 while nothing is known. A size that is not known takes the nearest that is.</summary>
    public double Decode(int sequences)
    {
        var bucket = SizeBuckets.Of(sequences);
        for (var away = 0; away < _decode.Length; away++)
        {
            if (bucket - away >= 0 && _decode[bucket - away] > 0)
                return _decode[bucket - away];
            if (bucket + away < _decode.Length && _decode[bucket + away] > 0)
                return _decode[bucket + away];
        }

        return 0;
    }

    /// <summary>Seconds that a token of a prompt adds to a step; 0 while unknown.</summary>
    public double PerPromptToken => _perPromptToken;

    /// <summary>Tokens of prompts that a step may take beside so many sequences that decode.</summary>
    /// <param name="soon">Sequences that will decode when the prompts at hand are done: their pace is what streams come to in any case, and a batch that fills slowly wastes steps.</param>
    /// <param name="gap">Longest time of the step; null: <see cref="SchedulingOptions.GapFactor"/> steps that decode them all.</param>
    public int PromptBudget(int decodes, int soon, TimeSpan? gap)
    {
        if (decodes == 0)
            return _maxTokens;

        var alone = Decode(decodes);
        if (alone == 0 || _perPromptToken == 0)
            return Math.Max(LeastChunk, _maxTokens / UnknownShare);
        var longest = gap?.TotalSeconds ?? SchedulingOptions.GapFactor * Decode(Math.Max(decodes, soon));
        return (int)Math.Clamp((longest - alone) / _perPromptToken, LeastChunk, _maxTokens);
    }

    /// <summary>Learns from a step that went well, and had no guesses.</summary>
    /// <param name="decodes">Sequences that decoded.</param>
    /// <param name="promptTokens">Tokens of prompts beside them.</param>
    public void Observe(int decodes, int promptTokens, double seconds)
    {
        if (promptTokens == 0)
            ObserveDecode(SizeBuckets.Of(decodes), seconds);
        else if (decodes > 0 && _perPromptToken > 0 && _steps[SizeBuckets.Of(decodes)] == 0)
            Infer(decodes, promptTokens, seconds);
        else if (promptTokens >= LeastChunk)
            ObservePrompt(promptTokens, Math.Max(seconds / 10, seconds - (decodes == 0 ? 0 : Decode(decodes))));
    }

    /// <summary>The last steps' time by their tokens: what a step of few tokens says of one counts less.</summary>
    void ObservePrompt(int tokens, double seconds)
    {
        _promptTokens = (1 - Smoothing) * _promptTokens + tokens;
        var one = seconds / tokens;
        _perPromptToken += _perPromptToken == 0 ? one : tokens / _promptTokens * (Math.Min(one, Outlier * _perPromptToken) - _perPromptToken);
    }

    /// <summary>
    /// A size that never decoded alone, as where prompts never end: what is unexplained of a step's time is shared between its two parts, in proportion to what each can explain (the
    /// normalised least mean squares of Widrow and Hoff). Decoding starts from nothing or from another size, so it is not thought to take longer than it does, nor are gaps made longer
    /// than they may be.
    /// </summary>
    void Infer(int decodes, int promptTokens, double seconds)
    {
        double alone = Decode(decodes), share = (double)promptTokens / _maxTokens, expected = alone + promptTokens * _perPromptToken;
        var unexplained = (Math.Min(seconds, Outlier * expected) - expected) / (1 + share * share);
        var bucket = SizeBuckets.Of(decodes);
        // A pause of the machine would be taken for the size's own: it moves the estimate by half of what it was at most.
        _decode[bucket] = alone == 0 ? Math.Max(0, unexplained) : alone + Math.Clamp(unexplained, -alone, alone) / 2;
        if (_decode[bucket] > 0)
            Order(bucket);
        _perPromptToken = Math.Max(_perPromptToken / Outlier, _perPromptToken + unexplained * share / _maxTokens);
    }

    /// <summary>Learns from a step that did more than decode so many sequences: an estimate of more time than it took is out of date.</summary>
    internal void ObserveMore(int decodes, double seconds)
    {
        var bucket = SizeBuckets.Of(decodes);
        if (seconds >= Noise * _decode[bucket])
            return;
        Follow(ref _decode[bucket], seconds);
        Order(bucket);
    }

    void ObserveDecode(int bucket, double seconds)
    {
        if (_steps[bucket] < FirstSteps)
            _decode[bucket] = Math.Min(seconds, _steps[bucket]++ == 0 ? OfMore(bucket) : _decode[bucket]);
        else
            Follow(ref _decode[bucket], seconds);
        Order(bucket);
    }

    /// <summary>The estimate of the next larger size that has one.</summary>
    double OfMore(int bucket)
    {
        var more = _decode.AsSpan(bucket + 1);
        var next = more.IndexOfAnyExcept(0);
        return next < 0 ? double.PositiveInfinity : more[next];
    }

    /// <summary>
    /// No step takes less for having more sequences: the estimates of other sizes give way to the newest. A size that is seldom seen, and was seen when the machine paused, would keep its
    /// estimate otherwise.
    /// </summary>
    void Order(int newest)
    {
        for (var bucket = 0; bucket < _decode.Length; bucket++)
        {
            if (bucket < newest)
                _decode[bucket] = Math.Min(_decode[bucket], _decode[newest]);
            else if (_decode[bucket] > 0)
                _decode[bucket] = Math.Max(_decode[bucket], _decode[newest]);
        }
    }

    static void Follow(ref double estimate, double value) =>
        estimate += estimate == 0 ? value : Smoothing * (Math.Min(value, Outlier * estimate) - estimate);
}
