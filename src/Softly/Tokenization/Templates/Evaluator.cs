namespace Softly.Tokenization.Templates;

/// <summary>The values of expressions. Errors get the line of the innermost expression that they come from.</summary>
internal sealed class Evaluator(Run run)
{
    public object? Evaluate(Expression expression, Scope scope)
    {
        try
        {
            Limits.CheckStack("the expression");
            run.Limits.Spend();
            return ValueOf(expression, scope);
        }
        catch (TemplateFault fault) when (fault.Line == 0)
        {
            fault.Line = expression.Line;
            throw;
        }
    }

    /// <summary>The values of a call's arguments.</summary>
    private Arguments Evaluate(ArgumentList arguments, Scope scope) => new(
        [.. arguments.Positional.Select(a => Evaluate(a, scope))],
        [.. arguments.Named.Select(a => (a.Name, Evaluate(a.Value, scope)))]);

    private object? ValueOf(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case Literal literal:
                return literal.Value;
            case NameExpression name:
                run.Limits.Spend(scope.Depth / 4);
                return scope.Get(name.Name);
            case AttributeExpression attribute:
                return Members.Attribute(Evaluate(attribute.Owner, scope), attribute.Name, run);
            case ItemExpression item:
                return Members.Item(Evaluate(item.Owner, scope), Evaluate(item.Key, scope), run);
            case SliceExpression slice:
                var owner = Evaluate(slice.Owner, scope);
                return Members.Slice(owner, Part(slice.Start), Part(slice.Stop), Part(slice.Step), run.Limits);
            case CallExpression call:
                return Call(call, scope);
            case FilterExpression filter:
                var filtered = Evaluate(filter.Value, scope);
                return Charged(Filters.Known[filter.Name].Invoke(filter.Name, filtered, Evaluate(filter.Arguments, scope), run));
            case TestExpression test:
                var tested = Evaluate(test.Value, scope);
                var answer = ValueTests.Known[test.Name].Invoke(test.Name, tested, Evaluate(test.Arguments, scope), run);
                return Values.IsTrue(answer) != test.IsNegated;
            case UnaryExpression unary:
                var operand = Evaluate(unary.Operand, scope);
                return unary.Operator switch
                {
                    "not" => !Values.IsTrue(operand),
                    "-" => Operators.Negate(operand),
                    _ => Operators.Binary("+", 0L, operand, run.Limits),
                };
            case BinaryExpression binary:
                return Operators.Binary(binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope), run.Limits);
            case LogicalExpression logical:
                var left = Evaluate(logical.Left, scope);
                return Values.IsTrue(left) == logical.IsAnd ? Evaluate(logical.Right, scope) : left;
            case CompareExpression compare:
                return Compare(compare, scope);
            case ConditionalExpression conditional:
                if (Values.IsTrue(Evaluate(conditional.Condition, scope))) return Evaluate(conditional.Then, scope);
                return conditional.Else is { } otherwise ? Evaluate(otherwise, scope)
                    : new Undefined("the value of an 'if' without 'else'");
            case ListExpression list:
                return new ListValue([.. list.Items.Select(i => Evaluate(i, scope))], list.IsTuple);
            case DictExpression dict:
                var made = new DictValue();
                foreach (var (key, value) in dict.Entries) made.Set(Evaluate(key, scope), Evaluate(value, scope));
                return made;
            default:
                throw new InvalidOperationException($"no rule for {expression.GetType().Name}");
        }

        object? Part(Expression? part) => part is null ? null : Evaluate(part, scope);
    }

    private object? Call(CallExpression call, Scope scope)
    {
        var callee = Evaluate(call.Callee, scope);
        if (callee is FunctionValue function) return Charged(function.Call(Evaluate(call.Arguments, scope)));
        if (callee is not Undefined undefined) throw new TemplateFault($"{Values.Kind(callee)} cannot be called");
        if (call.Callee is NameExpression name) throw TemplateFault.Unknown("function", name.Name, Functions.Known.Keys);
        if (call.Callee is AttributeExpression method
            && Members.MethodsOf(Evaluate(method.Owner, scope)) is { Count: > 0 } methods)
            throw TemplateFault.Unknown("method", method.Name, methods);
        throw undefined.Fault();
    }

    private bool Compare(CompareExpression compare, Scope scope)
    {
        var left = Evaluate(compare.First, scope);
        foreach (var (symbol, rightSide) in compare.Rest)
        {
            var right = Evaluate(rightSide, scope);
            if (!Operators.Compare(symbol, left, right, run.Limits)) return false;
            left = right;
        }

        return true;
    }

    /// <summary>A value that a function made is checked and paid for like any other.</summary>
    private object? Charged(object? value)
    {
        if (value is string text) run.Limits.CheckText(text.Length);
        if (value is ListValue list) run.Limits.CheckItems(list.Items.Count);
        return value;
    }
}
