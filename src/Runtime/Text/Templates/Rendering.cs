using System.Text;
using KernelDsl.Runtime.Text.Templates.Values;

namespace KernelDsl.Runtime.Text.Templates;

/// <summary>State of one rendering: what it has used of its limits, and the clock.</summary>
internal sealed class Rendering(TemplateLimits limits, DateTime now)
{
    int _steps, _depth;

    /// <summary>What strftime_now reads.</summary>
    public DateTime Now => now;

    /// <summary>Counts one statement or iteration.</summary>
    public void Step()
    {
        if (++_steps > limits.Steps)
            throw new TemplateException($"rendering took more than {limits.Steps} steps; the template does not seem to end");
    }

    /// <summary>Runs a macro body one level deeper.</summary>
    public T Nest<T>(Func<T> body)
    {
        if (_depth >= limits.Depth || !System.Runtime.CompilerServices.RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateException("maximum recursion depth exceeded");
        _depth++;
        try
        {
            return body();
        }
        finally
        {
            _depth--;
        }
    }

    public static void Write(StringBuilder output, string text)
    {
        TemplateLimits.Check((long)output.Length + text.Length);
        output.Append(text);
    }
}

/// <summary>Names visible in a block; inner scopes hide outer ones and assign only to themselves.</summary>
internal sealed class Scope(Rendering rendering, Scope? outer = null)
{
    readonly Dictionary<string, Value> _names = [];

    public Rendering Rendering => rendering;

    public Scope Inner() => new(rendering, this);

    public Value? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._names.TryGetValue(name, out var value)) return value;
        return null;
    }

    public void Set(string name, Value value) => _names[name] = value;

    Scope? Outer => outer;
}
