namespace Softly.Tokenization.Templates;

/// <summary>The filters on lists and mappings.</summary>
internal static class SequenceFilters
{
    private static readonly Builtin Length = new("", c => c.Subject switch
    {
        string text => (long)PythonText.Length(text),
        ListValue list => (long)list.Items.Count,
        DictValue dict => (long)dict.Entries.Count,
        Undefined => 0L,
        _ => throw new TemplateFault($"{Values.Kind(c.Subject)} has no length"),
    });

    public static IReadOnlyDictionary<string, Builtin> Known { get; } = new Dictionary<string, Builtin>
    {
        ["length"] = Length,
        ["count"] = Length,
        ["first"] = new("", c => c.SubjectItems is [var first, ..] ? first : new Undefined("the first item of nothing")),
        ["last"] = new("", c => c.SubjectItems is [.., var last] ? last : new Undefined("the last item of nothing")),
        ["list"] = new("", c => new ListValue(c.SubjectItems)),
        ["reverse"] = new("", c =>
            Members.Slice(c.Subject is string ? c.Subject : new ListValue(c.SubjectItems), null, null, -1L, c.Limits)),
        ["join"] = new("d attribute", c => TextMethods.Join(
            c.Limits,
            PythonText.Of(c.Get(0, ""), c.Limits),
            [.. Picked(c, 1, c.SubjectItems).Select(i => PythonText.Of(i, c.Limits))])),
        ["items"] = new("", c => c.Subject switch
        {
            DictValue dict => Members.Items(dict),
            Undefined => new ListValue([]),
            _ => throw new TemplateFault($"'items' needs a mapping, not {Values.Kind(c.Subject)}"),
        }),
        ["dictsort"] = new("case_sensitive by reverse", DictSort),
        ["sort"] = new("reverse case_sensitive attribute", c => new ListValue(Sorted(c, 2, c.Flag(1, false), c.Flag(0, false)))),
        ["unique"] = new("case_sensitive attribute", Unique),
        ["min"] = Extreme(isReversed: false),
        ["max"] = Extreme(isReversed: true),
        ["sum"] = new("attribute start", c => Picked(c, 0, c.SubjectItems)
            .Aggregate(c.Get(1, 0L), (sum, item) => Operators.Binary("+", sum, item, c.Limits))),
        ["map"] = new("* attribute default", Map),
        ["select"] = Selection(hasAttribute: false, keeps: true),
        ["reject"] = Selection(hasAttribute: false, keeps: false),
        ["selectattr"] = Selection(hasAttribute: true, keeps: true),
        ["rejectattr"] = Selection(hasAttribute: true, keeps: false),
    };

    /// <summary>Each item, or the part of it that an argument names (with dots, further in).</summary>
    private static IEnumerable<object?> Picked(Call call, int argument, IEnumerable<object?> items) =>
        call.Get(argument, null) is { } path ? items.Select(item => Pick(item, path, call)) : items;

    private static object? Pick(object? item, object? path, Call call)
    {
        if (path is not string names) return Members.Item(item, path, call.Run);
        foreach (var name in names.Split('.'))
            item = Members.Item(item, long.TryParse(name, out var index) ? index : name, call.Run);
        return item;
    }

    private static object?[] Sorted(Call call, int attribute, bool isCaseSensitive, bool isReversed)
    {
        var keyed = call.SubjectItems.Zip(Picked(call, attribute, call.SubjectItems));
        return [.. Operators.Sort(keyed, p => Folded(p.Second, isCaseSensitive), isReversed, call.Limits).Select(p => p.First)];
    }

    private static Builtin Extreme(bool isReversed) => new("case_sensitive attribute", c =>
        Sorted(c, 1, c.Flag(0, false), isReversed) is [var first, ..] ? first : new Undefined("the extreme of nothing"));

    private static ListValue DictSort(Call call)
    {
        if (call.Subject is not DictValue dict)
            throw new TemplateFault($"'dictsort' needs a mapping, not {Values.Kind(call.Subject)}");
        var by = call.Text(1, "key") switch
        {
            "key" => 0,
            "value" => 1,
            var other => throw TemplateFault.Unknown("order of 'dictsort'", other!, ["key", "value"]),
        };
        return new ListValue(Operators.Sort(Members.Items(dict).Items, Key, call.Flag(2, false), call.Limits));

        object? Key(object? pair) => Folded(((ListValue)pair!).Items[by], call.Flag(0, false));
    }

    private static ListValue Unique(Call call)
    {
        var items = call.SubjectItems;
        var kept = new List<object?>();
        var seen = new List<object?>();
        foreach (var (item, key) in items.Zip(Picked(call, 1, items).Select(key => Folded(key, call.Flag(0, false)))))
        {
            if (seen.Any(s => Operators.AreEqual(s, key, call.Limits))) continue;
            seen.Add(key);
            kept.Add(item);
        }

        return new ListValue(kept);
    }

    private static ListValue Map(Call call)
    {
        var items = call.SubjectItems;
        if (call.Get(0, null) is { } attribute)
        {
            var parts = items.Select(item => Pick(item, attribute, call));
            return new ListValue([.. parts.Select(part => part is Undefined && call.Has(1) ? call.Get(1) : part)]);
        }

        var (name, filter, arguments) = Named(call, "filter", Filters.Known);
        return new ListValue([.. items.Select(i => filter.Invoke(name, i, arguments, call.Run))]);
    }

    private static Builtin Selection(bool hasAttribute, bool keeps) => new(hasAttribute ? "attribute *" : "*", call =>
    {
        var test = call.More.Count > 0 ? Named(call, "test", ValueTests.Known) : default;
        return new ListValue([.. call.SubjectItems.Where(item =>
        {
            var part = hasAttribute ? Pick(item, call.Get(0), call) : item;
            var answer = test.Builtin is null ? part : test.Builtin.Invoke(test.Name, part, test.Arguments, call.Run);
            return Values.IsTrue(answer) == keeps;
        })]);
    });

    /// <summary>The filter or test that an argument names, and the arguments after it, which are its own.</summary>
    private static (string Name, Builtin Builtin, Arguments Arguments) Named(
        Call call, string kind, IReadOnlyDictionary<string, Builtin> known)
    {
        var name = call.More.ElementAtOrDefault(0) as string ?? throw new TemplateFault($"expected the name of a {kind}");
        return known.TryGetValue(name, out var found) ? (name, found, new Arguments([.. call.More.Skip(1)], []))
            : throw TemplateFault.Unknown(kind, name, known.Keys);
    }

    private static object? Folded(object? key, bool isCaseSensitive) =>
        key is string text && !isCaseSensitive ? text.ToLowerInvariant() : key;
}
