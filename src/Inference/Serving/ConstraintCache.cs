using Kdsl.Serving.Answers;
using KernelDsl.Runtime.Grammar;
using KernelDsl.Runtime.Grammar.Tokens;

namespace Kdsl.Serving;

/// <summary>
/// Compiled grammars by what they were asked for with, the latest few of them: requests of one kind share the work, and the token masks that they
/// find. Thread-safe; compiles on the caller's thread.
/// </summary>
sealed class ConstraintCache(Func<TokenTrie> vocabulary)
{
    /// <summary>Each keeps up to <see cref="GrammarLimits.CachedBytes"/>.</summary>
    const int Most = 16;

    readonly Lazy<TokenTrie> _vocabulary = new(vocabulary);
    readonly Dictionary<string, LinkedListNode<(string Key, Lazy<GrammarConstraint> Value)>> _entries = [];
    readonly LinkedList<(string Key, Lazy<GrammarConstraint> Value)> _latest = [];
    readonly Lock _lock = new();

    /// <summary>The model's tokens as bytes.</summary>
    public TokenTrie Vocabulary => _vocabulary.Value;

    /// <summary>The constraint of a grammar that holds the answer, behind its thoughts where there are some.</summary>
    /// <param name="key">Equal for equal grammars only.</param>
    /// <exception cref="GrammarException">The grammar cannot be served.</exception>
    public GrammarConstraint Get(string key, Func<RuleSet> grammar, ReasoningMode reasoning) => Get($"{reasoning} {key}",
        reasoning is ReasoningMode.None ? grammar : () => Grammars.AfterThinking(grammar(), opened: reasoning is ReasoningMode.Opened));

    /// <summary>The constraint of a grammar.</summary>
    /// <param name="key">Equal for equal grammars only.</param>
    /// <exception cref="GrammarException">The grammar cannot be served.</exception>
    public GrammarConstraint Get(string key, Func<RuleSet> grammar)
    {
        Lazy<GrammarConstraint> value;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var known))
            {
                _latest.Remove(known);
            }
            else
            {
                known = new((key, new(() => new GrammarConstraint(grammar(), Vocabulary))));
                _entries.Add(key, known);
            }

            _latest.AddFirst(known);
            if (_latest.Count > Most)
            {
                _entries.Remove(_latest.Last!.Value.Key);
                _latest.RemoveLast();
            }

            value = known.Value.Value;
        }

        return value.Value;
    }
}
