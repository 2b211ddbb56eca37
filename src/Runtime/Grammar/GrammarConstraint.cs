using KernelDsl.Runtime.Engine;
using KernelDsl.Runtime.Grammar.Automaton;
using KernelDsl.Runtime.Grammar.Tokens;

namespace KernelDsl.Runtime.Grammar;

/// <summary>A grammar over the tokens of a vocabulary: a token is allowed exactly when its bytes can go on to a whole text. Thread-safe.</summary>
public sealed class GrammarConstraint : ITokenConstraint
{
    readonly TokenFinder _tokens;

    /// <summary>Compiles; takes up to some tenths of a second, so not on the engine's thread.</summary>
    /// <exception cref="GrammarException">No text satisfies the grammar, or it passes a limit.</exception>
    public GrammarConstraint(RuleSet rules, TokenTrie vocabulary)
    {
        _tokens = new TokenFinder(new Machine(rules), vocabulary);
        try
        {
            // The first step's work, and a first look at whether there are bounds to it.
            _tokens.TokensAt(_tokens.Machine.Start);
        }
        catch (GenerationException e)
        {
            throw new GrammarException(e.Message);
        }
    }

    /// <inheritdoc/>
    public IConstraintState Start() => new At(_tokens);

    sealed class At(TokenFinder tokens) : IConstraintState
    {
        State _state = tokens.Machine.Start;

        public ReadOnlySpan<ulong> Allowed => tokens.TokensAt(_state);

        public bool MayEnd => _state.Ends;

        public void Accept(int id) => _state = tokens.Next(_state, id);
    }
}
