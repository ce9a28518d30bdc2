namespace Softly.Tokenization.Templates;

/// <summary>What all parts of one rendering share.</summary>
/// <param name="Limits">What may be spent.</param>
/// <param name="Clock">What <c>strftime_now</c> reads.</param>
internal sealed record Run(Limits Limits, TimeProvider Clock);

/// <summary>A filter, test, method or function of the language: the names of its parameters, and what it does.</summary>
/// <param name="Parameters">
/// Names parted by blanks. A star stands for any number of positional arguments; what follows it is given by name.
/// </param>
/// <param name="Body">Its value for a call.</param>
internal sealed record Builtin(string Parameters, Func<Call, object?> Body)
{
    public object? Invoke(string name, object? subject, Arguments arguments, Run run)
    {
        if (subject is string text) run.Limits.SpendOnReading(text.Length);
        return Body(new Call(name, Parameters, subject, arguments, run));
    }
}

/// <summary>A call of a <see cref="Builtin"/> with its arguments in the order of the parameters.</summary>
internal sealed class Call
{
    private static readonly object Missing = new();

    private readonly string _name;
    private readonly string[] _parameters;
    private readonly object?[] _values;

    public Call(string name, string parameters, object? subject, Arguments arguments, Run run)
    {
        (_name, Subject, Run) = (name, subject, run);
        var declared = parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var star = Array.IndexOf(declared, "*");
        _parameters = [.. declared.Where(p => p != "*")];
        _values = new object?[_parameters.Length];
        Array.Fill(_values, Missing);
        var (count, places) = (arguments.Positional.Count, star < 0 ? _parameters.Length : star);
        if (count > places && star < 0)
        {
            var takes = places == 0 ? "no arguments" : $"the arguments {parameters}";
            throw new TemplateFault($"'{name}' takes {takes}, not {count}");
        }

        for (var i = 0; i < Math.Min(count, places); i++) _values[i] = arguments.Positional[i];
        More = [.. arguments.Positional.Skip(places)];
        foreach (var (argument, value) in arguments.Named)
        {
            var at = Array.IndexOf(_parameters, argument);
            if (at < 0) throw TemplateFault.Unknown($"argument of '{name}'", argument, _parameters);
            _values[at] = value;
        }
    }

    /// <summary>What a filter is applied to, a test asks about, or a method belongs to.</summary>
    public object? Subject { get; }

    public Run Run { get; }

    public Limits Limits => Run.Limits;

    /// <summary>Positional arguments beyond the parameters.</summary>
    public IReadOnlyList<object?> More { get; }

    /// <summary>The subject as text.</summary>
    public string SubjectText => PythonText.Of(Subject, Limits);

    /// <summary>The subject's items.</summary>
    public IReadOnlyList<object?> SubjectItems
    {
        get
        {
            var items = Values.Iterate(Subject, Limits);
            Limits.Spend(items.Count);
            return items;
        }
    }

    public bool Has(int at) => !ReferenceEquals(_values[at], Missing);

    public object? Get(int at) =>
        Has(at) ? _values[at] : throw new TemplateFault($"'{_name}' needs the argument '{_parameters[at]}'");

    public object? Get(int at, object? otherwise) => Has(at) ? _values[at] : otherwise;

    public string Text(int at) =>
        Get(at) is { } value and (string or Undefined) ? PythonText.Of(value, Limits) : throw Wrong(at, "text");

    public string? Text(int at, string? otherwise) => Get(at, null) is null ? otherwise : Text(at);

    public long Integer(int at, long otherwise) => Get(at, otherwise) switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => throw Wrong(at, "a whole number"),
    };

    public bool Flag(int at, bool otherwise) => Values.IsTrue(Get(at, otherwise));

    private TemplateFault Wrong(int at, string expected) =>
        new($"'{_name}': the argument '{_parameters[at]}' must be {expected}, not {Values.Kind(_values[at])}");
}
