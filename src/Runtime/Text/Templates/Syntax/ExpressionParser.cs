using System.Globalization;
using System.Numerics;
using KernelDsl.Runtime.Text.Templates.Builtins;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates.Syntax;

/// <summary>Expressions by recursive descent, with jinja2's precedences: if, or, and, not, comparison, + -, ~, * / // %, **, sign, filters and tests.</summary>
internal class ExpressionParser(List<Token> tokens)
{
    const int MaxDepth = 150;
    int _at, _depth;

    protected int Position => _at;

    protected Token Current => tokens[_at];

    protected Token Next() => tokens[_at].Kind == TokenKind.End ? tokens[_at] : tokens[_at++];

    Token Peek => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    protected bool Skip(string op)
    {
        if (!Current.Is(op)) return false;
        _at++;
        return true;
    }

    protected bool SkipName(string name)
    {
        if (!Current.IsName(name)) return false;
        _at++;
        return true;
    }

    protected Token Expect(TokenKind kind) => Current.Kind == kind ? Next() : throw Error($"expected {kind}, got '{Current.Describe()}'");

    protected void Expect(string op)
    {
        if (!Skip(op)) throw Error($"expected '{op}', got '{Current.Describe()}'");
    }

    protected TemplateException Error(string reason) => new(reason, Current.Line);

    /// <summary>One expression, or a tuple of several without parentheses.</summary>
    protected Expression Tuple(bool withCondition = true, string? endName = null)
    {
        List<Expression> items = [];
        bool isTuple = false;
        while (!IsTupleEnd(endName))
        {
            items.Add(Expression(withCondition));
            if (!Skip(",")) break;
            isTuple = true;
        }
        if (isTuple) return new ListLiteral(items, IsTuple: true);
        return items.Count > 0 ? items[0] : throw Error($"Expected an expression, got '{Current.Describe()}'");
    }

    bool IsTupleEnd(string? endName) => Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.Is(")") || endName is not null && Current.IsName(endName);

    protected Expression Expression(bool withCondition = true)
    {
        if (++_depth > MaxDepth) throw Error($"expressions are nested more than {MaxDepth} deep");
        try
        {
            return withCondition ? Conditional() : Or();
        }
        finally
        {
            _depth--;
        }
    }

    Expression Conditional()
    {
        var value = Or();
        while (SkipName("if"))
        {
            var test = Or();
            value = new Conditional(test, value, SkipName("else") ? Expression() : null);
        }
        return value;
    }

    Expression Or()
    {
        var left = And();
        while (SkipName("or")) left = new Logical(left, And(), IsAnd: false);
        return left;
    }

    Expression And()
    {
        var left = Not();
        while (SkipName("and")) left = new Logical(left, Not(), IsAnd: true);
        return left;
    }

    Expression Not()
    {
        int negations = 0;
        while (SkipName("not")) negations++;
        var operand = Compare();
        for (; negations > 0; negations--) operand = new Not(operand);
        return operand;
    }

    Expression Compare()
    {
        var first = Sum();
        List<(string, Expression)> rest = [];
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=") rest.Add((Next().Text, Sum()));
            else if (SkipName("in")) rest.Add(("in", Sum()));
            else if (Current.IsName("not") && Peek.IsName("in"))
            {
                _at += 2;
                rest.Add(("not in", Sum()));
            }
            else return rest.Count == 0 ? first : new Comparison(first, rest);
        }
    }

    Expression Sum()
    {
        var left = Concatenation();
        while (Current.Is("+") || Current.Is("-")) left = new Binary(Next().Text, left, Concatenation());
        return left;
    }

    Expression Concatenation()
    {
        List<Expression> parts = [Product()];
        while (Skip("~")) parts.Add(Product());
        return parts.Count == 1 ? parts[0] : new Concatenation(parts);
    }

    Expression Product()
    {
        var left = Power();
        while (Current.Kind == TokenKind.Operator && Current.Text is "*" or "/" or "//" or "%") left = new Binary(Next().Text, left, Power());
        return left;
    }

    Expression Power()
    {
        var left = Unary();
        while (Skip("**")) left = new Binary("**", left, Unary());
        return left;
    }

    Expression Unary(bool withFilters = true)
    {
        if (++_depth > MaxDepth) throw Error($"expressions are nested more than {MaxDepth} deep");
        var node = Current.Is("-") || Current.Is("+") ? new Unary(IsNegation: Next().Text == "-", Operand: Unary(withFilters: false)) : Primary();
        node = Postfix(node);
        _depth--;
        return withFilters ? Filters(node) : node;
    }

    protected Expression Primary()
    {
        var token = Next();
        switch (token.Kind)
        {
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(BoolValue.True),
                    "false" or "False" => new Literal(BoolValue.False),
                    "none" or "None" => new Literal(NoneValue.Instance),
                    _ => new Name(token.Text),
                };
            case TokenKind.String:
                string text = token.Text;
                while (Current.Kind == TokenKind.String) text += Next().Text;
                return new Literal(text);
            case TokenKind.Integer: return new Literal(new IntValue(BigInteger.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Float: return new Literal(new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                var inner = Skip(")") ? new ListLiteral([], IsTuple: true) : null;
                if (inner is not null) return inner;
                var tuple = Tuple();
                Expect(")");
                return tuple;
            case TokenKind.Operator when token.Text == "[":
                return new ListLiteral([.. Separated("]", () => Expression())], IsTuple: false);
            case TokenKind.Operator when token.Text == "{":
                return new DictLiteral([.. Separated("}", Member)]);
            default:
                throw new TemplateException($"unexpected '{token.Describe()}'", token.Line);
        }
    }

    (Expression, Expression) Member()
    {
        var key = Expression();
        Expect(":");
        return (key, Expression());
    }

    /// <summary>Items up to the closing bracket; a trailing comma is allowed.</summary>
    List<T> Separated<T>(string close, Func<T> item)
    {
        List<T> items = [];
        while (!Skip(close))
        {
            if (items.Count > 0) Expect(",");
            if (Skip(close)) break;
            items.Add(item());
        }
        return items;
    }

    Expression Postfix(Expression node)
    {
        while (true)
        {
            int line = Current.Line;
            if (Skip("."))
                node = Current.Kind == TokenKind.Integer ? new GetItem(node, Primary()) : new GetAttribute(node, Expect(TokenKind.Name).Text);
            else if (Skip("[")) node = Subscript(node);
            else if (Skip("(")) node = new Call(node, Arguments(), line);
            else return node;
        }
    }

    Expression Subscript(Expression node)
    {
        if (Skip("]")) return new GetItem(node, new ListLiteral([], IsTuple: true));
        List<Expression> items = [];
        do
        {
            Expression? start = Current.Is(":") ? null : Expression();
            if (!Skip(":"))
            {
                items.Add(start!);
                continue;
            }
            Expression? stop = Current.Is(":") || Current.Is("]") ? null : Expression();
            Expression? step = Skip(":") && !Current.Is("]") ? Expression() : null;
            Expect("]");
            return new Slice(node, start, stop, step);
        }
        while (Skip(","));
        Expect("]");
        return new GetItem(node, items.Count == 1 ? items[0] : new ListLiteral(items, IsTuple: true));
    }

    /// <summary>Arguments after an opening parenthesis, with the closing one.</summary>
    protected CallArguments Arguments()
    {
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? rest = null, namedRest = null;
        Separated(")", () =>
        {
            if (Skip("*")) rest = Expression();
            else if (Skip("**")) namedRest = Expression();
            else if (Current.Kind == TokenKind.Name && Peek.Is("="))
            {
                string name = Next().Text;
                Next();
                named.Add((name, Expression()));
            }
            else if (named.Count > 0) throw Error("invalid syntax for function call expression: a positional argument follows a named one");
            else positional.Add(Expression());
            return 0;
        });
        return new(positional, named, rest, namedRest);
    }

    Expression Filters(Expression node)
    {
        while (true)
        {
            if (Skip("|")) node = Filter(node);
            else if (SkipName("is")) node = Test(node);
            else if (Current.Is("(")) node = Postfix(node);
            else return node;
        }
    }

    protected Expression Filter(Expression input)
    {
        var name = Expect(TokenKind.Name);
        var function = Builtins.Filters.Table.Find(name.Text) ?? throw new TemplateException($"No filter named '{name.Text}'.", name.Line);
        return new Filter(input, function, Skip("(") ? Arguments() : CallArguments.None);
    }

    Expression Test(Expression input)
    {
        bool negated = SkipName("not");
        var name = Expect(TokenKind.Name);
        var function = Tests.Table.Find(name.Text) ?? throw new TemplateException($"No test named '{name.Text}'.", name.Line);
        var arguments = CallArguments.None;
        if (Skip("(")) arguments = Arguments();
        else if (StartsArgument()) arguments = new([Postfix(Primary())], [], null, null);
        var test = new Test(input, function, arguments);
        return negated ? new Not(test) : test;
    }

    bool StartsArgument() => Current.Kind switch
    {
        TokenKind.Name => Current.Text is not ("else" or "or" or "and" or "is" or "if" or "in" or "not"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        _ => Current.Is("[") || Current.Is("{"),
    };
}
