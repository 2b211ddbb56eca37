namespace KernelDsl.Runtime.Grammar.Automaton;

/// <summary>What can be told of the tokens at a place without knowing where its rule was called.</summary>
/// <param name="Bits">Tokens whose bytes stay within the rule, or leave it with their last byte.</param>
/// <param name="Exits">Nodes of the token tree at which the rule may have ended: what lies below them is the caller's to judge.</param>
sealed record LocalTokens(ulong[] Bits, int[] Exits);
