namespace KernelDsl.Runtime.Text.Templates.Syntax;

internal enum TokenKind { Data, VariableBegin, VariableEnd, BlockBegin, BlockEnd, Name, String, Integer, Float, Operator, End }

/// <summary>A piece of template source.</summary>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool Is(string op) => Kind == TokenKind.Operator && Text == op;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public string Describe() => Kind switch { TokenKind.End => "end of template", TokenKind.BlockEnd => "end of statement block", TokenKind.VariableEnd => "end of print statement", _ => Text };
}

/// <summary>How the text around tags is trimmed; Hugging Face sets both.</summary>
/// <param name="TrimBlocks">Drop the newline after a block tag.</param>
/// <param name="LstripBlocks">Drop the blanks before a block tag that starts a line.</param>
public sealed record TrimOptions(bool TrimBlocks = true, bool LstripBlocks = true);
