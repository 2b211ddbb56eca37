namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Statements of a template.</summary>
internal sealed class Parser(List<Token> tokens) : ExpressionParser(tokens)
{
    const int MaxNesting = 100;
    readonly List<Token> _tokens = tokens;
    int _nesting, _loops;

    public static IReadOnlyList<Statement> Parse(string source, TrimOptions trim)
    {
        Parser parser = new(Lexer.Read(source, trim));
        return parser.Body();
    }

    /// <summary>Statements up to one of the named tags, whose name is left as the current token; to the end of the template when none is named.</summary>
    List<Statement> Body(params ReadOnlySpan<string> ends)
    {
        if (++_nesting > MaxNesting) throw Error($"tags are nested more than {MaxNesting} deep");
        List<Statement> body = [];
        while (Current.Kind != TokenKind.End)
        {
            var token = Next();
            if (token.Kind == TokenKind.Data) body.Add(new TextOutput(token.Text, token.Line));
            else if (token.Kind == TokenKind.VariableBegin)
            {
                body.Add(new Print(Tuple(), token.Line));
                Expect(TokenKind.VariableEnd);
            }
            else if (Current.Kind == TokenKind.Name && ends.Contains(Current.Text))
            {
                _nesting--;
                return body;
            }
            else
            {
                body.Add(Tag());
                Expect(TokenKind.BlockEnd);
            }
        }
        if (ends.Length > 0) throw Error($"Unexpected end of template. Expected {string.Join(" or ", ends.ToArray())}");
        _nesting--;
        return body;
    }

    Statement Tag()
    {
        var tag = Expect(TokenKind.Name);
        return tag.Text switch
        {
            "if" => If(tag.Line),
            "for" => For(tag.Line),
            "set" => Set(tag.Line),
            "macro" => new MacroDefinition(Macro(Expect(TokenKind.Name).Text, "endmacro", withParentheses: true), tag.Line),
            "call" => CallBlock(tag.Line),
            "filter" => new CaptureBlock(null, FilterChain(Filter(new Hole())), Block("endfilter"), tag.Line),
            "with" => With(tag.Line),
            "generation" => new Group(Block("endgeneration"), tag.Line),
            "break" or "continue" when _loops == 0 => throw new TemplateException($"'{tag.Text}' outside of a loop", tag.Line),
            "break" => new Jump(Flow.Break, tag.Line),
            "continue" => new Jump(Flow.Continue, tag.Line),
            "include" or "import" or "from" or "extends" or "block" =>
                throw new TemplateException($"tag '{tag.Text}' is not supported: a chat template is a single file", tag.Line),
            _ => throw new TemplateException($"Encountered unknown tag '{tag.Text}'.", tag.Line),
        };
    }

    /// <summary>The body after the current tag's end, up to and over the closing tag's name.</summary>
    List<Statement> Block(string end)
    {
        Expect(TokenKind.BlockEnd);
        var body = Body(end);
        Next();
        return body;
    }

    If If(int line)
    {
        List<(Expression, IReadOnlyList<Statement>)> branches = [];
        do
        {
            var test = Tuple(withCondition: false);
            Expect(TokenKind.BlockEnd);
            branches.Add((test, Body("elif", "else", "endif")));
        }
        while (SkipName("elif"));
        return new(branches, Otherwise("endif"), line);
    }

    For For(int line)
    {
        var target = Target();
        if (!SkipName("in")) throw Error($"expected 'in', got '{Current.Describe()}'");
        var source = Tuple(withCondition: false, endName: "recursive");
        var condition = SkipName("if") ? Expression() : null;
        bool recursive = SkipName("recursive");
        Expect(TokenKind.BlockEnd);
        _loops++;
        var body = Body("endfor", "else");
        _loops--;
        return new(target, source, condition, body, Otherwise("endfor"), recursive, line);
    }

    /// <summary>The body of an else tag, if that is where the last body ended.</summary>
    List<Statement> Otherwise(string end)
    {
        if (SkipName("else")) return Block(end);
        Next();
        return [];
    }

    Statement Set(int line)
    {
        var target = Target();
        if (Skip("=")) return new Set(target, Tuple(), line);
        var filtered = FilterChain(new Hole());
        return new CaptureBlock(target, filtered, Block("endset"), line);
    }

    Expression FilterChain(Expression node)
    {
        while (Skip("|")) node = Filter(node);
        return node;
    }

    With With(int line)
    {
        List<(Target, Expression)> bindings = [];
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (bindings.Count > 0) Expect(",");
            var target = SimpleTarget();
            Expect("=");
            bindings.Add((target, Expression()));
        }
        return new(bindings, Block("endwith"), line);
    }

    CallBlock CallBlock(int line)
    {
        var parameters = Current.Is("(") ? Parameters() : [];
        if (Expression() is not Call call) throw Error("expected a call");
        return new(call, Macro("caller", "endcall", parameters), line);
    }

    MacroBody Macro(string name, string end, bool withParentheses) => Macro(name, end, withParentheses ? Parameters() : []);

    MacroBody Macro(string name, string end, List<(string, Expression?)> parameters)
    {
        int from = Position, outerLoops = _loops;
        _loops = 0;
        var body = Block(end);
        _loops = outerLoops;
        var mentioned = _tokens[from..Position].Where(t => t.Kind == TokenKind.Name).Select(t => t.Text).ToHashSet();
        return new(name, parameters, body, mentioned);
    }

    List<(string, Expression?)> Parameters()
    {
        List<(string, Expression?)> parameters = [];
        Expect("(");
        while (!Skip(")"))
        {
            if (parameters.Count > 0) Expect(",");
            string name = Expect(TokenKind.Name).Text;
            parameters.Add((name, Skip("=") ? Expression() : null));
        }
        return parameters;
    }

    Target Target()
    {
        List<Target> targets = [SimpleTarget()];
        bool several = false;
        while (Skip(","))
        {
            several = true;
            if (Current.Kind != TokenKind.Name && !Current.Is("(") || Current.IsName("in")) break;
            targets.Add(SimpleTarget());
        }
        return several ? new TupleTarget(targets) : targets[0];
    }

    Target SimpleTarget()
    {
        if (Skip("("))
        {
            var inner = Target();
            Expect(")");
            return inner;
        }
        var name = Expect(TokenKind.Name);
        if (name.Text is "true" or "false" or "none" or "True" or "False" or "None") throw new TemplateException($"can't assign to '{name.Text}'", name.Line);
        return Skip(".") ? new NamespaceTarget(name.Text, Expect(TokenKind.Name).Text) : new NameTarget(name.Text);
    }
}
