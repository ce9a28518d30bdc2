namespace Softly.Tokenization.Templates;

/// <summary>
/// What stands after a dot or between brackets. A dot finds methods first and entries then, brackets the other way round.
/// </summary>
internal static class Members
{
    private static readonly Dictionary<string, Builtin> DictMethods = new()
    {
        ["get"] = new("key default", c => Own(c).TryGet(c.Get(0), out var value) ? value : c.Get(1, null)),
        ["items"] = new("", c => Items(Own(c))),
        ["keys"] = new("", c => new ListValue(c.SubjectItems)),
        ["values"] = new("", c => new ListValue([.. Own(c).Entries.Values])),
        ["copy"] = new("", c => c.Subject),
    };

    private static readonly Dictionary<string, Builtin> ListMethods = new()
    {
        ["count"] = new("item", c => c.SubjectItems.LongCount(i => Operators.AreEqual(i, c.Get(0), c.Limits))),
        ["index"] = new("item", c => Index(c)),
    };

    /// <summary>
    /// Python's methods that change their owner: they hide entries of their name, and calling them is an error.
    /// </summary>
    private static readonly string[] ChangingDict = ["clear", "pop", "popitem", "setdefault", "update"];
    private static readonly string[] ChangingList = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];

    /// <summary>The names of a value's methods.</summary>
    public static IReadOnlyCollection<string> MethodsOf(object? owner) => [.. MethodTable(owner).Keys];

    /// <summary>The entries of a mapping as pairs.</summary>
    public static ListValue Items(DictValue dict) =>
        new([.. dict.Entries.Select(e => (object?)new ListValue([e.Key, e.Value], isTuple: true))]);

    /// <summary><c>owner.name</c></summary>
    public static object? Attribute(object? owner, string name, Run run) => owner switch
    {
        Undefined undefined => throw undefined.Fault(),
        LoopValue loop => loop.Attribute(name, run.Limits),
        NamespaceValue names => names.Names.TryGetValue(name, out var value) ? value : Nothing(owner, name),
        _ when Method(owner, name, run) is { } method => method,
        DictValue dict when dict.TryGet(name, out var entry) => entry,
        _ => Nothing(owner, name),
    };

    /// <summary><c>owner[key]</c></summary>
    public static object? Item(object? owner, object? key, Run run)
    {
        switch (owner, key)
        {
            case (Undefined undefined, _):
                throw undefined.Fault();
            case (DictValue dict, _) when dict.TryGet(key, out var entry):
                return entry;
            case (ListValue list, long or bool):
                return At(list.Items.Count, at => list.Items[at]);
            case (string text, long or bool):
                run.Limits.SpendOnReading(text.Length);
                if (!PythonText.HasSurrogates(text)) return At(text.Length, at => text[at].ToString());
                var characters = Values.Iterate(text, run.Limits);
                return At(characters.Count, at => characters[at]);
            case (DictValue, string name):
                return (object?)Method(owner, name, run) ?? Nothing(owner, name);
            case (_, string name):
                return Attribute(owner, name, run);
            default:
                return Nothing(owner, PythonText.Of(key, run.Limits));
        }

        object? At(int count, Func<int, object?> get)
        {
            var index = key is long number ? number : key is true ? 1 : 0;
            if (index < 0) index += count;
            return index >= 0 && index < count ? get((int)index) : Nothing(owner, $"item {key}");
        }
    }

    /// <summary><c>owner[start:stop:step]</c></summary>
    public static object Slice(object? owner, object? start, object? stop, object? step, Limits limits)
    {
        if (owner is Undefined undefined) throw undefined.Fault();
        if (owner is not (string or ListValue)) throw new TemplateFault($"{Values.Kind(owner)} cannot be sliced");
        var plain = owner as string;
        if (plain is not null) limits.SpendOnReading(plain.Length);
        // Most texts need not be taken apart.
        if (plain is not null && (PythonText.HasSurrogates(plain) || Bound(step) is not (null or 1))) plain = null;
        var items = plain is null ? Values.Iterate(owner, limits) : [];
        var count = plain?.Length ?? items.Count;
        var stride = Bound(step) ?? 1;
        if (stride == 0) throw new TemplateFault("the step of a slice is zero");
        var (first, last) = stride > 0 ? (0L, (long)count) : (-1L, count - 1L);
        var from = Clamp(Bound(start), stride > 0 ? first : last);
        var to = Clamp(Bound(stop), stride > 0 ? last : first);
        if (plain is not null)
        {
            limits.CheckText(Math.Max(0, to - from));
            return from < to ? plain[(int)from..(int)to] : "";
        }

        stride = Math.Clamp(stride, -Limits.Text - 1, Limits.Text + 1);
        var taken = new List<object?>();
        for (var at = from; stride > 0 ? at < to : at > to; at += stride) taken.Add(items[(int)at]);
        limits.CheckItems(taken.Count);
        return owner is ListValue list ? new ListValue(taken, list.IsTuple) : string.Concat(taken);

        long Clamp(long? bound, long otherwise) =>
            bound is { } b ? Math.Clamp(b < 0 ? b + count : b, first, last) : otherwise;

        static long? Bound(object? bound) => bound switch
        {
            null => null,
            long number => number,
            bool flag => flag ? 1 : 0,
            Undefined missing => throw missing.Fault(),
            _ => throw new TemplateFault($"a slice needs whole numbers, not {Values.Kind(bound)}"),
        };
    }

    private static FunctionValue? Method(object? owner, string name, Run run)
    {
        if (MethodTable(owner).TryGetValue(name, out var method))
            return new FunctionValue(name, arguments => method.Invoke(name, owner, arguments, run));
        var changes = (owner is DictValue && ChangingDict.Contains(name)) || (owner is ListValue && ChangingList.Contains(name));
        return changes
            ? new FunctionValue(name, _ => throw new TemplateFault(
                $"'{name}' would change {Values.Kind(owner)}, which a template may not; set a name or a part of a namespace"))
            : null;
    }

    private static IReadOnlyDictionary<string, Builtin> MethodTable(object? owner) => owner switch
    {
        string => TextMethods.Known,
        DictValue => DictMethods,
        ListValue => ListMethods,
        _ => new Dictionary<string, Builtin>(),
    };

    private static Undefined Nothing(object? owner, string name) => new($"'{name}' of {Values.Kind(owner)}");

    private static long Index(Call call)
    {
        var at = call.SubjectItems.ToList().FindIndex(i => Operators.AreEqual(i, call.Get(0), call.Limits));
        return at >= 0 ? at : throw new TemplateFault("'index': the list has no such item");
    }

    private static DictValue Own(Call call) => (DictValue)call.Subject!;
}
