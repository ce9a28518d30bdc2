namespace Softly.Tokenization.Templates;

/// <summary>The functions that templates find by name.</summary>
internal static class Functions
{
    public static IReadOnlyDictionary<string, Func<Arguments, Run, object?>> Known { get; } =
        new Dictionary<string, Func<Arguments, Run, object?>>
    {
        ["namespace"] = (arguments, run) => Namespace(arguments, run.Limits),
        ["dict"] = (arguments, run) => Given("dict", arguments, run.Limits),
        ["range"] = Of("range", "start stop step", Range),
        ["raise_exception"] = Of("raise_exception", "message", c =>
            throw new TemplateFault($"the template refuses: {PythonText.Of(c.Get(0), c.Limits)}")),
        ["strftime_now"] = Of("strftime_now", "format", c => TimeFormat.Write(c.Run.Clock.GetLocalNow(), c.Text(0), c.Limits)),
    };

    private static Func<Arguments, Run, object?> Of(string name, string parameters, Func<Call, object?> body)
    {
        var builtin = new Builtin(parameters, body);
        return (arguments, run) => builtin.Invoke(name, null, arguments, run);
    }

    private static NamespaceValue Namespace(Arguments arguments, Limits limits)
    {
        var made = new NamespaceValue();
        foreach (var (name, value) in Given("namespace", arguments, limits).Entries) made.Names[(string)name] = value;
        return made;
    }

    /// <summary>The entries of one mapping, if given, and those given by name.</summary>
    private static DictValue Given(string name, Arguments arguments, Limits limits)
    {
        var made = new DictValue();
        foreach (var given in arguments.Positional)
        {
            if (given is not DictValue dict || arguments.Positional.Count > 1)
                throw new TemplateFault($"'{name}' takes one mapping and arguments by name");
            limits.CheckItems(dict.Entries.Count);
            foreach (var (key, value) in dict.Entries)
            {
                if (name != "dict" && key is not string) throw new TemplateFault("the parts of a namespace have texts as names");
                made.Set(key, value);
            }
        }

        foreach (var (key, value) in arguments.Named) made.Set(key, value);
        return made;
    }

    private static ListValue Range(Call call)
    {
        call.Get(0);
        var (start, stop) = call.Has(1) ? (call.Integer(0, 0), call.Integer(1, 0)) : (0, call.Integer(0, 0));
        var step = call.Integer(2, 1);
        if (step == 0) throw new TemplateFault("the step of range() is zero");
        var count = step > 0 ? ((Int128)stop - start + step - 1) / step : ((Int128)start - stop - step - 1) / -(Int128)step;
        if (count > Limits.Range) throw new TemplateFault($"range() of more than {Limits.Range:N0} numbers");
        call.Limits.CheckItems((long)Int128.Max(0, count));
        return new ListValue([.. Enumerable.Range(0, (int)Int128.Max(0, count)).Select(i => (object?)(start + (i * step)))]);
    }
}
