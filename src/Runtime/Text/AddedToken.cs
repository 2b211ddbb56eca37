namespace KernelDsl.Runtime.Text;

/// <summary>A token that is cut out of the text as a whole, before pre-tokenisation (tokenizer.json <c>added_tokens</c>).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its literal text.</param>
/// <param name="Special">Dropped by decoding with skipSpecial; false for the likes of <c>&lt;think&gt;</c>, which stay visible.</param>
/// <param name="Normalized">Looked for in the normalised text instead of the raw text.</param>
public sealed record AddedToken(int Id, string Content, bool Special, bool Normalized = false);
