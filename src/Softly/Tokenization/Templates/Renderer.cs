namespace Softly.Tokenization.Templates;

/// <summary>Executes statements and writes the text.</summary>
internal sealed class Renderer
{
    private readonly Run _run;
    private readonly Evaluator _evaluator;
    private BoundedText _output;

    private Renderer(Run run) => (_run, _evaluator, _output) = (run, new Evaluator(run), new BoundedText(run.Limits));

    /// <summary>Where execution goes on after a statement.</summary>
    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>The text of a template.</summary>
    /// <exception cref="TemplateFault">The template cannot be rendered with these values.</exception>
    public static string Render(IReadOnlyList<Statement> template, IEnumerable<(string Name, object? Value)> variables, Run run)
    {
        var builtin = new Scope(null);
        foreach (var (name, function) in Functions.Known)
            builtin.Set(name, new FunctionValue(name, arguments => function(arguments, run)));
        var scope = new Scope(builtin);
        foreach (var (name, value) in variables) scope.Set(name, value);
        var renderer = new Renderer(run);
        renderer.Execute(template, scope);
        return renderer._output.ToString();
    }

    private Flow Execute(IReadOnlyList<Statement> statements, Scope scope)
    {
        foreach (var statement in statements)
        {
            try
            {
                Limits.CheckStack("the statement");
                _run.Limits.Spend();
                var flow = Execute(statement, scope);
                if (flow != Flow.Next) return flow;
            }
            catch (TemplateFault fault) when (fault.Line == 0)
            {
                fault.Line = statement.Line;
                throw;
            }
        }

        return Flow.Next;
    }

    private Flow Execute(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case TextStatement text:
                _output.Append(text.Text);
                break;
            case OutputStatement output:
                _output.Append(PythonText.Of(_evaluator.Evaluate(output.Value, scope), _run.Limits));
                break;
            case SetStatement set:
                Set(set, scope);
                break;
            case SetBlockStatement block:
                scope.Set(block.Target, Capture(block.Body, new Scope(scope)));
                break;
            case IfStatement choice:
                return Execute(Values.IsTrue(_evaluator.Evaluate(choice.Condition, scope)) ? choice.Then : choice.Else, scope);
            case ForStatement loop:
                Loop(loop, scope);
                break;
            case MacroStatement macro:
                scope.Set(macro.Name, new FunctionValue(macro.Name, arguments => Call(macro, arguments, scope)));
                break;
            case BreakStatement:
                return Flow.Break;
            case ContinueStatement:
                return Flow.Continue;
        }

        return Flow.Next;
    }

    private void Set(SetStatement set, Scope scope)
    {
        var value = _evaluator.Evaluate(set.Value, scope);
        if (set.Attribute is null) scope.Set(set.Targets, value, _run.Limits);
        else if (scope.Get(set.Targets[0]) is NamespaceValue names) names.Names[set.Attribute] = value;
        else throw new TemplateFault($"'{set.Targets[0]}' is not a namespace: its parts cannot be set");
    }

    private void Loop(ForStatement loop, Scope scope)
    {
        var items = Values.Iterate(_evaluator.Evaluate(loop.Items, scope), _run.Limits);
        if (loop.Filter is { } filter) items = [.. items.Where(item => Values.IsTrue(_evaluator.Evaluate(filter, Inner(item))))];
        var state = new LoopValue(items);
        for (; state.Index < items.Count; state.Index++)
        {
            _run.Limits.Spend();
            var inner = Inner(items[state.Index]);
            inner.Set("loop", state);
            if (Execute(loop.Body, inner) == Flow.Break) break;
        }

        if (items.Count == 0) Execute(loop.Else, new Scope(scope));

        Scope Inner(object? item)
        {
            var inner = new Scope(scope);
            inner.Set(loop.Targets, item, _run.Limits);
            return inner;
        }
    }

    private string Call(MacroStatement macro, Arguments arguments, Scope definition)
    {
        var (most, count) = (macro.Parameters.Count, arguments.Positional.Count);
        if (count > most) throw new TemplateFault($"the macro '{macro.Name}' takes {most} arguments, not {count}");
        var scope = new Scope(definition);
        foreach (var (name, value) in arguments.Named)
        {
            if (!macro.Parameters.Any(p => p.Name == name))
                throw TemplateFault.Unknown($"argument of the macro '{macro.Name}'", name, macro.Parameters.Select(p => p.Name));
            scope.Set(name, value);
        }

        for (var i = 0; i < macro.Parameters.Count; i++)
        {
            var (name, otherwise) = macro.Parameters[i];
            if (i < arguments.Positional.Count) scope.Set(name, arguments.Positional[i]);
            else if (!arguments.Named.Any(a => a.Name == name))
                scope.Set(name, otherwise is null ? new Undefined($"'{name}'") : _evaluator.Evaluate(otherwise, scope));
        }

        return Capture(macro.Body, scope);
    }

    private string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        var outside = _output;
        _output = new BoundedText(_run.Limits);
        Execute(body, scope);
        var text = _output.ToString();
        _output = outside;
        return text;
    }
}
