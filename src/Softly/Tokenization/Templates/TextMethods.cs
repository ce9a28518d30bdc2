using System.Text;

namespace Softly.Tokenization.Templates;

/// <summary>The methods of Python's texts.</summary>
internal static class TextMethods
{
    public static IReadOnlyDictionary<string, Builtin> Known { get; } = new Dictionary<string, Builtin>
    {
        ["strip"] = new("chars", c => Strip(Own(c), c.Text(0, null), true, true)),
        ["lstrip"] = new("chars", c => Strip(Own(c), c.Text(0, null), true, false)),
        ["rstrip"] = new("chars", c => Strip(Own(c), c.Text(0, null), false, true)),
        ["split"] = new("sep maxsplit", c => Split(c, fromEnd: false)),
        ["rsplit"] = new("sep maxsplit", c => Split(c, fromEnd: true)),
        ["splitlines"] = new("keepends", SplitLines),
        ["startswith"] = new("prefix", c => Affixes(c).Any(a => Own(c).StartsWith(a, StringComparison.Ordinal))),
        ["endswith"] = new("suffix", c => Affixes(c).Any(a => Own(c).EndsWith(a, StringComparison.Ordinal))),
        ["removeprefix"] = new("prefix", c =>
            Own(c).StartsWith(c.Text(0), StringComparison.Ordinal) ? Own(c)[c.Text(0).Length..] : Own(c)),
        ["removesuffix"] = new("suffix", c =>
            Own(c).EndsWith(c.Text(0), StringComparison.Ordinal) ? Own(c)[..^c.Text(0).Length] : Own(c)),
        ["partition"] = new("sep", c => Partition(c, fromEnd: false)),
        ["rpartition"] = new("sep", c => Partition(c, fromEnd: true)),
        ["replace"] = new("old new count", c => Replace(Own(c), c.Text(0), c.Text(1), c.Integer(2, -1), c.Limits)),
        ["join"] = new("items", c => Join(c.Limits, Own(c), [.. Values.Iterate(c.Get(0), c.Limits).Select(TextItem)])),
        ["find"] = new("sub", c => Position(Own(c), Own(c).IndexOf(c.Text(0), StringComparison.Ordinal))),
        ["rfind"] = new("sub", c => Position(Own(c), Own(c).LastIndexOf(c.Text(0), StringComparison.Ordinal))),
        ["count"] = new("sub", c => Places(Own(c), c.Text(0)).LongCount()),
        ["upper"] = new("", c => Own(c).ToUpperInvariant()),
        ["lower"] = new("", c => Own(c).ToLowerInvariant()),
        ["capitalize"] = new("", c => Capitalize(Own(c))),
        ["title"] = new("", c => Title(Own(c))),
        ["isdigit"] = new("", c => AllAre(c, Rune.IsDigit)),
        ["isnumeric"] = new("", c => AllAre(c, Rune.IsNumber)),
        ["isalpha"] = new("", c => AllAre(c, Rune.IsLetter)),
        ["isalnum"] = new("", c => AllAre(c, r => Rune.IsLetter(r) || Rune.IsNumber(r))),
        ["isspace"] = new("", c => Own(c).Length > 0 && Own(c).All(PythonText.IsSpace)),
        ["isupper"] = new("", c => Own(c).Any(char.IsUpper) && !Own(c).Any(char.IsLower)),
        ["islower"] = new("", c => Own(c).Any(char.IsLower) && !Own(c).Any(char.IsUpper)),
    };

    /// <summary>Takes characters off the ends: those of <paramref name="characters"/>, or white space.</summary>
    public static string Strip(string text, string? characters, bool atStart, bool atEnd)
    {
        var set = characters?.EnumerateRunes().ToHashSet();
        var (start, end) = (0, text.Length);
        while (atStart && start < end)
        {
            Rune.DecodeFromUtf16(text.AsSpan(start, end - start), out var rune, out var width);
            if (!Goes(rune)) break;
            start += width;
        }

        while (atEnd && start < end)
        {
            Rune.DecodeLastFromUtf16(text.AsSpan(start, end - start), out var rune, out var width);
            if (!Goes(rune)) break;
            end -= width;
        }

        return text[start..end];

        bool Goes(Rune rune) => set?.Contains(rune) ?? (rune.IsBmp && PythonText.IsSpace((char)rune.Value));
    }

    /// <summary>Replaces the first <paramref name="count"/> occurrences; all where it is negative.</summary>
    public static string Replace(string text, string old, string by, long count, Limits limits)
    {
        var most = (int)Math.Clamp(count < 0 ? long.MaxValue : count, 0, int.MaxValue);
        limits.CheckText(text.Length + (Math.Max(0L, by.Length - old.Length) * Places(text, old).Take(most).LongCount()));
        var replaced = new StringBuilder();
        var from = 0;
        foreach (var at in Places(text, old).Take(most))
        {
            replaced.Append(text, from, at - from).Append(by);
            from = at + old.Length;
        }

        return replaced.Append(text, from, text.Length - from).ToString();
    }

    public static string Join(Limits limits, string separator, IReadOnlyList<string> items)
    {
        limits.CheckText(items.Sum(i => (long)i.Length) + ((long)separator.Length * Math.Max(0, items.Count - 1)));
        return string.Join(separator, items);
    }

    public static string Capitalize(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>Begins words with a capital; a word begins after anything that is not a letter.</summary>
    private static string Title(string text) => string.Concat(text.Select((c, i) =>
        i > 0 && char.IsLetter(text[i - 1]) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));

    private static string Own(Call call) => (string)call.Subject!;

    private static string TextItem(object? item, int at) =>
        item as string ?? throw new TemplateFault($"'join' needs texts; item {at} is {Values.Kind(item)}");

    private static bool AllAre(Call call, Func<Rune, bool> isIt) => Own(call).Length > 0 && Own(call).EnumerateRunes().All(isIt);

    private static IEnumerable<string> Affixes(Call call) =>
        call.Get(0) is ListValue { IsTuple: true } several ? several.Items.Select(TextItem) : [call.Text(0)];

    /// <summary>Where a part occurs, without overlap. Nothing occurs before every character and at the end.</summary>
    private static IEnumerable<int> Places(string text, string part)
    {
        if (part.Length == 0)
        {
            for (var at = 0; at < text.Length; at++)
                if (at == 0 || !char.IsSurrogatePair(text[at - 1], text[at])) yield return at;
            yield return text.Length;
            yield break;
        }

        for (var at = Next(0); at >= 0; at = Next(at + part.Length)) yield return at;

        int Next(int from) => text.IndexOf(part, from, StringComparison.Ordinal);
    }

    private static long Position(string text, int at) => at < 0 ? -1 : PythonText.Length(text[..at]);

    private static string Separator(Call call) =>
        call.Text(0) is { Length: > 0 } separator ? separator : throw new TemplateFault("the separator is empty");

    private static ListValue Partition(Call call, bool fromEnd)
    {
        var (text, separator) = (Own(call), Separator(call));
        var at = fromEnd
            ? text.LastIndexOf(separator, StringComparison.Ordinal)
            : text.IndexOf(separator, StringComparison.Ordinal);
        if (at >= 0) return new ListValue([text[..at], separator, text[(at + separator.Length)..]], isTuple: true);
        return new ListValue(fromEnd ? ["", "", text] : [text, "", ""], isTuple: true);
    }

    private static ListValue Split(Call call, bool fromEnd)
    {
        var text = Own(call);
        var most = (int)Math.Min(call.Integer(1, -1), int.MaxValue);
        var byBlanks = call.Get(0, null) is null;
        if (byBlanks)
        {
            // Blanks at the far end stay where the number of cuts is limited: they belong to the part that is left over.
            text = Strip(text, null, atStart: most < 0 || !fromEnd, atEnd: most < 0 || fromEnd);
            if (text.All(PythonText.IsSpace)) return new ListValue([]);
        }

        // First all places to cut at, then as many of them as are wanted, from the side that is wanted.
        var cuts = byBlanks ? Blanks(text) : [.. Places(text, Separator(call)).Select(at => (at, at + call.Text(0).Length))];
        if (most >= 0 && cuts.Count > most) cuts = fromEnd ? cuts[^most..] : cuts[..most];
        call.Limits.CheckItems(cuts.Count + 1L);
        call.Limits.CheckText(text.Length);
        var parts = new List<object?>();
        var from = 0;
        foreach (var (start, end) in cuts)
        {
            parts.Add(text[from..start]);
            from = end;
        }

        parts.Add(text[from..]);
        return new ListValue(parts);
    }

    private static List<(int Start, int End)> Blanks(string text)
    {
        var runs = new List<(int, int)>();
        for (var at = 0; at < text.Length; at++)
        {
            if (!PythonText.IsSpace(text[at])) continue;
            var start = at;
            while (at < text.Length && PythonText.IsSpace(text[at])) at++;
            runs.Add((start, at));
        }

        return runs;
    }

    private static ListValue SplitLines(Call call)
    {
        var text = Own(call);
        var lines = new List<object?>();
        var from = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] is not ((>= '\n' and <= '\r') or (>= '\x1c' and <= '\x1e') or '\x85' or '\u2028' or '\u2029')) continue;
            var end = at;
            if (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n') at++;
            lines.Add(text[from..(call.Flag(0, false) ? at + 1 : end)]);
            from = at + 1;
        }

        if (from < text.Length) lines.Add(text[from..]);
        call.Limits.CheckItems(lines.Count);
        return new ListValue(lines);
    }
}
