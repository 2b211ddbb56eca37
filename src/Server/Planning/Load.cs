namespace Kdsl.Planning;

/// <summary>What a plan is made for.</summary>
/// <param name="Clients">Requests at once.</param>
/// <param name="Input">Tokens of a prompt.</param>
/// <param name="Output">Tokens of an answer.</param>
sealed record Load(int Clients, int Input, int Output)
{
    /// <summary>Tokens of keys and values at the end of a request.</summary>
    public int Tokens => Input + Output;
}
