using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar.Tokens;

namespace KernelDsl.Runtime.Grammar;

/// <summary>Lets an output begin with so many tokens of thought; then the tokens that close it are all that may come, and the answer follows.</summary>
/// <param name="mark">Ends the thoughts when the output says it by itself.</param>
/// <param name="budget">Most tokens before it; 0 or more.</param>
/// <param name="closing">Tokens whose text holds the mark.</param>
/// <param name="whole">What the whole output must look like, thoughts and closing tokens included; null: anything.</param>
public sealed class ThinkingBudget(TokenTrie vocabulary, byte[] mark, int budget, IReadOnlyList<int> closing, ITokenConstraint? whole) : ITokenConstraint
{
    /// <inheritdoc/>
    public IConstraintState Start() => new At(whole?.Start(), vocabulary, mark, budget, closing);

    sealed class At(IConstraintState? inner, TokenTrie vocabulary, byte[] mark, int budget, IReadOnlyList<int> closing) : IConstraintState
    {
        readonly ulong[] _one = new ulong[vocabulary.Words];
        readonly List<byte> _recent = [];
        int _tokens, _closed;
        bool _thinking = true;

        public ReadOnlySpan<ulong> Allowed
        {
            get
            {
                if (!Closing)
                    return inner is null ? default : inner.Allowed;
                Array.Clear(_one);
                _one[closing[_closed] >> 6] = 1UL << (closing[_closed] & 63);
                return _one;
            }
        }

        public bool MayEnd => !Closing && (inner?.MayEnd ?? !_thinking);

        /// <summary>The budget is used up, or its closing tokens are not all out yet.</summary>
        bool Closing => _thinking ? _tokens >= budget : _closed > 0 && _closed < closing.Count;

        public void Accept(int id)
        {
            _closed += Closing ? 1 : 0;
            inner?.Accept(id);
            if (!_thinking)
                return;
            _tokens++;
            _recent.AddRange(vocabulary.Text(id));
            _thinking = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_recent).IndexOf(mark) < 0;
            if (_recent.Count >= mark.Length)
                _recent.RemoveRange(0, _recent.Count - mark.Length + 1);
        }
    }
}
